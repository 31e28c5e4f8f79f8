# SPDX-License-Identifier: Apache-2.0
"""The boards, a module each: `BOARD` is the whole dashboard."""
