# SPDX-License-Identifier: Apache-2.0
"""What the system tests share: running faastax, making sandboxes, and oracles that do not trust faastax."""
