/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause) */
/*
 * What a runtime, shim, client or CNI plugin says about the sandbox that it
 * works for. From arguments only the container id and the verb are kept,
 * from the environment only CNI_CONTAINERID and CNI_COMMAND; every other
 * string is seen on this program's stack alone.
 */
#ifndef FX_ARGUMENTS_H
#define FX_ARGUMENTS_H

#include "bpf/lib/maps.h"
#include "bpf/lib/token.h"

#define FX_MAX_STRINGS 64 /* chunks of arguments that are looked at */
#define FX_MAX_ENVIRONMENT 160

/* One string of the argument or environment area, zero padded. */
union fx_text {
	char bytes[FX_ID_LEN];
	__u64 words[FX_ID_LEN / 8];
};

struct fx_scan {
	__u64 position;
	__u64 end;
	__u32 continues; /* the next chunk goes on with the string before */
	__u32 take_next; /* the next string is the id */
	struct fx_edge_exec *edge;
};

/* Reads the next chunk; false at the end. */
static __always_inline bool fx_next(struct fx_scan *scan, union fx_text *text, bool *starts)
{
	long length;

	if (scan->position >= scan->end)
		return false;
	for (int i = 0; i < FX_ID_LEN / 8; i++)
		text->words[i] = 0;
	length = bpf_probe_read_user_str(text->bytes, sizeof(text->bytes), (void *)scan->position);
	if (length <= 0) {
		if (length < 0)
			fx_lost(FX_LOSS_READ);
		return false;
	}
	*starts = !scan->continues;
	/* A full buffer was cut unless the string ends exactly there; then the
	 * next chunk is the empty rest of it. */
	scan->continues = length == FX_ID_LEN;
	scan->position += scan->continues ? length - 1 : length;
	return true;
}

#define FX_IS(text, literal) (__builtin_memcmp((text)->bytes, literal, sizeof(literal)) == 0)

static __always_inline __u32 fx_verb_of(const union fx_text *text)
{
	if (FX_IS(text, "create"))
		return FX_VERB_CREATE;
	if (FX_IS(text, "run"))
		return FX_VERB_RUN;
	if (FX_IS(text, "start"))
		return FX_VERB_START;
	if (FX_IS(text, "exec"))
		return FX_VERB_EXEC;
	if (FX_IS(text, "kill"))
		return FX_VERB_KILL;
	if (FX_IS(text, "delete"))
		return FX_VERB_DELETE;
	if (FX_IS(text, "pause") || FX_IS(text, "resume"))
		return FX_VERB_PAUSE;
	if (FX_IS(text, "state") || FX_IS(text, "list") || FX_IS(text, "ps") || FX_IS(text, "update") ||
	    FX_IS(text, "events"))
		return FX_VERB_OTHER;
	return FX_VERB_NONE;
}

static __always_inline void fx_keep_id(struct fx_edge_exec *edge, const union fx_text *text)
{
	__builtin_memcpy(edge->id, text->bytes, FX_ID_LEN);
}

/* runc [options] VERB [options] ID: the id is the last argument, or for
 * `kill` the first one that is no option. `exec` names it amid its own
 * arguments and is known by the cgroup that it enters instead. */
static __always_inline void fx_runtime_argument(struct fx_scan *scan, const union fx_text *text)
{
	struct fx_edge_exec *edge = scan->edge;
	__u32 verb = edge->verb;

	if (verb == FX_VERB_NONE) {
		edge->verb = fx_verb_of(text);
		return;
	}
	if (verb == FX_VERB_EXEC || text->bytes[0] == '-' || (verb == FX_VERB_KILL && edge->id[0]))
		return;
	fx_keep_id(edge, text);
}

/* containerd-shim … -id ID … [start|delete]; conmon … -c ID. */
static __always_inline void fx_shim_argument(struct fx_scan *scan, const union fx_text *text)
{
	struct fx_edge_exec *edge = scan->edge;

	if (scan->take_next) {
		fx_keep_id(edge, text);
		scan->take_next = 0;
		return;
	}
	if (FX_IS(text, "-id") || FX_IS(text, "--id") || FX_IS(text, "-c") || FX_IS(text, "--cid"))
		scan->take_next = 1;
	else if (FX_IS(text, "start") || FX_IS(text, "delete"))
		edge->verb = fx_verb_of(text);
}

static long fx_on_argument(__u32 index, void *context)
{
	struct fx_scan *scan = context;
	struct fx_edge_exec *edge = scan->edge;
	union fx_text text;
	bool starts = false;

	if (!fx_next(scan, &text, &starts))
		return 1;
	if (index == 0 || !starts || scan->continues)
		return 0; /* the program's name, and what is too long for an id */
	if (edge->program == FX_PROGRAM_RUNTIME) {
		fx_runtime_argument(scan, &text);
	} else if (edge->program == FX_PROGRAM_SHIM) {
		fx_shim_argument(scan, &text);
	} else {
		__u32 slot = edge->token_count;
		if (slot >= FX_TOKENS)
			return 1;
		edge->tokens[slot] = fx_token_hash(text.words);
		edge->token_count = slot + 1;
		if (edge->verb == FX_VERB_NONE)
			edge->verb = fx_verb_of(&text);
	}
	return 0;
}

static long fx_on_variable(__u32 index, void *context)
{
	struct fx_scan *scan = context;
	struct fx_edge_exec *edge = scan->edge;
	union fx_text text;
	bool starts = false;

	if (!fx_next(scan, &text, &starts))
		return 1;
	if (!starts)
		return 0;
	if (__builtin_memcmp(text.bytes, "CNI_COMMAND=", 12) == 0) {
		if (__builtin_memcmp(text.bytes + 12, "ADD", 4) == 0)
			edge->verb = FX_VERB_CNI_ADD;
		else if (__builtin_memcmp(text.bytes + 12, "DEL", 4) == 0)
			edge->verb = FX_VERB_CNI_DEL;
		else
			edge->verb = FX_VERB_CNI_OTHER;
	} else if (__builtin_memcmp(text.bytes, "CNI_CONTAINERID=", 16) == 0) {
		/* An id that does not fit behind the name is 64 characters: read
		 * it where it stands. */
		__u64 at = scan->position - (scan->continues ? FX_ID_LEN - 1 : 0);
		if (!scan->continues)
			__builtin_memcpy(edge->id, text.bytes + 16, FX_ID_LEN - 16);
		else if (bpf_probe_read_user_str(edge->id, FX_ID_LEN, (void *)(at + 16)) < 0)
			fx_lost(FX_LOSS_READ);
	}
	return 0;
}

/* Fills verb, id and tokens of `edge`, whose program is set. */
static __always_inline void fx_read_arguments(struct fx_edge_exec *edge, struct mm_struct *mm)
{
	struct fx_scan scan = {.edge = edge};

	if (edge->program == FX_PROGRAM_CNI) {
		scan.position = BPF_CORE_READ(mm, env_start);
		scan.end = BPF_CORE_READ(mm, env_end);
		bpf_loop(FX_MAX_ENVIRONMENT, fx_on_variable, &scan, 0);
	} else {
		scan.position = BPF_CORE_READ(mm, arg_start);
		scan.end = BPF_CORE_READ(mm, arg_end);
		bpf_loop(FX_MAX_STRINGS, fx_on_argument, &scan, 0);
	}
}

#endif
