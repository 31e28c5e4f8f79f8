# SPDX-License-Identifier: Apache-2.0
"""What runs in the virtual machine: (name, limit in seconds, words of the command)."""

QUICK = (
    ("doctor", 60, ("/faastax/build/bin/faastax", "doctor")),
    ("stat", 60, ("/faastax/build/bin/faastax", "stat", "--", "true")),
)
