# SPDX-License-Identifier: Apache-2.0
"""How far faastax's figures are from oracles that do not use it: `./dev accuracy`."""
