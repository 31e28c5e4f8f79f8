// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/* Softirqs and hard interrupts, from entry to exit; loaded only where user
 * space asks for them (fx_interrupts). Each reads CLOCK_MONOTONIC twice. The
 * interrupts that a CPU sends itself or another (timer, reschedule) have no
 * handler of a driver's and do not come here. */
#include "bpf/lib/account.h"

static __noinline void fx_open_interrupt_account(__u32 vector)
{
	__u32 *slot = bpf_map_lookup_elem(&fx_interrupt_accounts, &vector);
	__u32 flags = vector < FX_SOFTIRQS ? FX_ACCOUNT_SOFTIRQ : FX_ACCOUNT_HARDIRQ;
	struct fx_account *line;
	__u32 account;

	if (!slot || *slot)
		return;
	account = fx_open_account(0, 0, flags);
	line = bpf_map_lookup_elem(&fx_accounts, &account);
	if (!account || !line)
		return;
	line->work_function = vector;
	__builtin_memset(line->comm, 0, FX_NAME_LEN);
	if (__sync_val_compare_and_swap(slot, 0, account) != 0) { /* another CPU was first */
		bpf_map_push_elem(&fx_free_accounts, &account, 0);
		return;
	}
	fx_announce(account, 0, 0, FX_ORIGIN_INTERRUPT);
}

SEC("tp_btf/softirq_entry")
int BPF_PROG(fx_softirq_entry, unsigned int vector)
{
	struct fx_interrupted *here = fx_interrupted_here();
	struct fx_cpu *cpu = fx_this_cpu();

	if (!here || !cpu || !cpu->flushed_mono_ns || vector >= FX_SOFTIRQS)
		return 0;
	fx_open_interrupt_account(vector);
	here->soft_vector = vector;
	here->soft_hard_ns = here->hard_ns;
	here->soft_since_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/softirq_exit")
int BPF_PROG(fx_softirq_exit, unsigned int vector)
{
	struct fx_interrupted *here = fx_interrupted_here();

	if (!here)
		return 0;
	fx_split_softirq(here, bpf_ktime_get_ns());
	here->soft_since_ns = 0;
	return 0;
}

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(fx_irq_entry, int irq)
{
	struct fx_interrupted *here = fx_interrupted_here();
	struct fx_cpu *cpu = fx_this_cpu();

	if (!here || !cpu || !cpu->flushed_mono_ns)
		return 0;
	fx_open_interrupt_account(FX_SOFTIRQS);
	here->hard_since_ns = bpf_ktime_get_ns();
	return 0;
}

SEC("tp_btf/irq_handler_exit")
int BPF_PROG(fx_irq_exit, int irq)
{
	struct fx_interrupted *here = fx_interrupted_here();
	__s64 ns;

	if (!here || !here->hard_since_ns)
		return 0;
	ns = bpf_ktime_get_ns() - here->hard_since_ns;
	here->hard_since_ns = 0;
	__sync_fetch_and_add(&here->hard_ns, ns);
	fx_book_interrupt(here, FX_SOFTIRQS, ns);
	return 0;
}
