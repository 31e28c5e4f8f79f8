// SPDX-License-Identifier: Apache-2.0
#pragma once

/// A template process: the program, ready to serve but for its socket, that forks a copy of itself for each
/// instance. The copies share its memory until they write to it.

/// Forks on command (template_protocol.h) for as long as the agent lives. Returns in each child, inside its
/// sandbox: the descriptor of the report that it owes. `root` is the function's root file system.
int become_template(const char* root);

/// Tells the agent that this child listens, and ends the report.
void report_listening(int report);
/// Says why this child ends, and ends it.
[[noreturn]] void report_failure(int report, const char* what);
