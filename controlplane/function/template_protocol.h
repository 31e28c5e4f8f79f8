/* SPDX-License-Identifier: Apache-2.0 */
/* How an emergency agent and its template processes talk: datagrams over a SOCK_SEQPACKET pair, the template's end
 * being its descriptor FAASTAX_TEMPLATE_SOCKET when it begins. */
#ifndef FAASTAX_TEMPLATE_PROTOCOL_H
#define FAASTAX_TEMPLATE_PROTOCOL_H

#include <stdint.h>

enum {
  FAASTAX_TEMPLATE_SOCKET = 3,
  FAASTAX_TEMPLATE_MAX_JOINED = 4, /* v1 cgroups that a child joins */
  FAASTAX_TEMPLATE_HOST_NAME = 64,
};

/* "Fork a child." Its descriptors: the v2 cgroup's folder, which the child is born in; the network namespace; the
 * writing end of the report's pipe; then the file `tasks` of each v1 cgroup that it joins. */
struct faastax_template_fork {
  uint64_t number; /* the agent's own, for the answer */
  char host_name[FAASTAX_TEMPLATE_HOST_NAME];
};

/* The answer. The child is the agent's own child, not the template's. */
struct faastax_template_forked {
  uint64_t number;
  int32_t pid; /* in the agent's namespace; negative: -errno of the fork */
  int32_t pad_;
};

/* What a child writes to its report: this byte once it listens, or a line that says why it ends. */
#define FAASTAX_TEMPLATE_LISTENS '\1'

#endif
