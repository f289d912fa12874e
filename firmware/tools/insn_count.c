/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file insn_count.c
 * @brief QEMU TCG plugin: counts the instructions executed between two marker functions, per address.
 *
 *     qemu-system-arm … -plugin ./insn_count.so,begin=0x1234,end=0x1238,out=counts.txt,return=0x1560,return=0x1572
 *
 * begin, end: addresses of ecgp_marker_begin() and ecgp_marker_end(), two functions of straight code, called with BL.
 * Neither they nor the BL to ecgp_marker_end() are counted, so an empty pair counts 0. return: addresses that calls
 * return to, in the order in which they are reached. out: written when QEMU exits:
 * "invocations N", "min N", "max N", "total N", "call N" for each return (instructions from the return before it, or
 * the begin marker, up to its address), "ADDRESS COUNT" for every address executed in between, then
 * "in CALL ADDRESS COUNT" for the same of each call, numbered from 0; "conflict ADDRESS COUNT" and
 * "conflict_in CALL ADDRESS COUNT" among them.
 *
 * A conflict is that of two elements of a gather or scatter, the first and second, the third and fourth, …, of up to a word
 * each, that lie in the same of four banks, bits 3:2 of their addresses, but not in the same word.
 *
 * An instruction whose IT condition fails counts, as it costs a cycle. One core, no interrupts.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"
#include "slots.h"
#include "thumb.h"

static uint64_t begin_address, end_address;
static char out_path[4096];
static int counting;
static uint64_t invocations, total, least = UINT64_MAX, most;

/* ---- calls: one returns to the first instruction of a translated block, so a block's start is all to look for */
#define CALLS 4096u

static uint64_t return_address[CALLS], call_sum[CALLS];
static uint64_t *in_call[CALLS]; /* executed in all invocations of a call, by index of the slot */
static uint32_t known[CALLS];    /* slots that in_call has */
static uintptr_t calls;
static uint64_t before_call; /* counted in this invocation when the last call returned */

static void on_gather(unsigned int vcpu, void *user)
{
    (void)vcpu;
    ((slot *)user)->odd = 0u;
}

static void on_element(unsigned int vcpu, uint32_t info, uint64_t address, void *user)
{
    slot *const s = user;
    const uint32_t to = (uint32_t)address;
    (void)vcpu, (void)info;
    if (s->odd != 0u) {
        s->conflicts->now += (s->first >> 2 & 3u) == (to >> 2 & 3u) && s->first >> 2 != to >> 2 ? 1u : 0u;
    }
    s->first = to;
    s->odd ^= 1u;
}

/** Executed since the last begin marker. */
static uint64_t counted(void)
{
    uint64_t count = 0u;
    for (uint32_t i = 0; i < used; i++) {
        count += (slots[i].address & 1u) == 0u ? slots[i].now : 0u;
    }
    return count;
}

static void on_begin(unsigned int vcpu, void *user)
{
    (void)vcpu, (void)user;
    for (uint32_t i = 0; i < used; i++) {
        slots[i].now = slots[i].before = 0u;
    }
    before_call = 0u;
    counting = 1;
}

static void add_to_call(uintptr_t call)
{
    if (known[call] < used) {
        in_call[call] = realloc(in_call[call], used * sizeof *in_call[call]);
        if (in_call[call] == NULL) {
            die("no memory for the counts of a call");
        }
        memset(in_call[call] + known[call], 0, (used - known[call]) * sizeof *in_call[call]);
        known[call] = used;
    }
    for (uint32_t i = 0; i < used; i++) {
        in_call[call][i] += slots[i].now - slots[i].before;
        slots[i].before = slots[i].now;
    }
}

static void on_return(unsigned int vcpu, void *user)
{
    (void)vcpu;
    if (counting) {
        const uint64_t now = counted();
        call_sum[(uintptr_t)user] += now - before_call;
        before_call = now;
        add_to_call((uintptr_t)user);
    }
}

static void on_end(unsigned int vcpu, void *user)
{
    const uint64_t count = counted();
    (void)vcpu, (void)user;
    if (!counting) {
        return;
    }
    for (uint32_t i = 0; i < used; i++) {
        slots[i].sum += slots[i].now;
    }
    counting = 0;
    invocations++;
    total += count;
    least = count < least ? count : least;
    most = count > most ? count : most;
}

static void on_translate(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    const uint64_t start = qemu_plugin_tb_vaddr(tb);
    (void)id;
    if (start == begin_address || start == end_address) { /* a marker: straight code, so this block is all of it */
        const vcpu_callback marker = start == begin_address ? on_begin : on_end;
        qemu_plugin_register_vcpu_tb_exec_cb(tb, marker, QEMU_PLUGIN_CB_NO_REGS, NULL);
        return;
    }
    for (uintptr_t i = 0; i < calls; i++) {
        if (start == return_address[i]) {
            qemu_plugin_register_vcpu_tb_exec_cb(tb, on_return, QEMU_PLUGIN_CB_NO_REGS, (void *)i);
        }
    }
    for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        if (call_target(insn) != end_address) {
            slot *s = slot_of(qemu_plugin_insn_vaddr(insn));
            qemu_plugin_register_vcpu_insn_exec_inline(insn, QEMU_PLUGIN_INLINE_ADD_U64, &s->now, 1u);
            if (is_gather(insn)) {
                s->conflicts = slot_of(s->address + 1u);
                qemu_plugin_register_vcpu_insn_exec_cb(insn, on_gather, QEMU_PLUGIN_CB_NO_REGS, s);
                qemu_plugin_register_vcpu_mem_cb(insn, on_element, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, s);
            }
        }
    }
}

static int by_address(const void *a, const void *b)
{
    const uint64_t x = ((const slot *)a)->address, y = ((const slot *)b)->address;
    return (x > y) - (x < y);
}

/** `prefix` where a slot counts conflicts. */
static const char *prefix_of(const slot *s, const char *prefix)
{
    return (s->address & 1u) != 0u ? prefix : "";
}

static void on_exit_of_qemu(qemu_plugin_id_t id, void *user)
{
    FILE *out = fopen(out_path, "w");
    (void)id, (void)user;
    if (out == NULL) {
        fprintf(stderr, "insn_count: cannot write %s\n", out_path);
        return;
    }
    fprintf(out, "invocations %" PRIu64 "\nmin %" PRIu64 "\nmax %" PRIu64 "\ntotal %" PRIu64 "\n", invocations,
            invocations > 0u ? least : 0u, most, total);
    for (uintptr_t i = 0; i < calls; i++) {
        fprintf(out, "call %" PRIu64 "\n", call_sum[i]);
    }
    qsort(slots, used, sizeof slots[0], by_address);
    for (uint32_t i = 0; i < used; i++) {
        if (slots[i].sum > 0u) {
            fprintf(out, "%s0x%" PRIx64 " %" PRIu64 "\n", prefix_of(&slots[i], "conflict "), slots[i].address & ~UINT64_C(1),
                    slots[i].sum);
        }
    }
    for (uintptr_t call = 0; call < calls; call++) {
        for (uint32_t i = 0; i < used; i++) {
            if (slots[i].index < known[call] && in_call[call][slots[i].index] > 0u) {
                fprintf(out, "%sin %" PRIuPTR " 0x%" PRIx64 " %" PRIu64 "\n", prefix_of(&slots[i], "conflict_"), call,
                        slots[i].address & ~UINT64_C(1), in_call[call][slots[i].index]);
            }
        }
    }
    fclose(out);
}

int qemu_plugin_install(qemu_plugin_id_t id, const void *info, int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "begin=", 6) == 0) {
            begin_address = strtoull(argv[i] + 6, NULL, 0) & ~UINT64_C(1);
        } else if (strncmp(argv[i], "end=", 4) == 0) {
            end_address = strtoull(argv[i] + 4, NULL, 0) & ~UINT64_C(1);
        } else if (strncmp(argv[i], "return=", 7) == 0 && calls < CALLS) {
            return_address[calls++] = strtoull(argv[i] + 7, NULL, 0) & ~UINT64_C(1);
        } else if (strncmp(argv[i], "out=", 4) == 0 && strlen(argv[i] + 4) < sizeof out_path) {
            strcpy(out_path, argv[i] + 4);
        }
    }
    if (begin_address == 0u || end_address == 0u || out_path[0] == '\0') {
        fprintf(stderr, "insn_count: needs begin=ADDRESS,end=ADDRESS,out=FILE\n");
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
    qemu_plugin_register_atexit_cb(id, on_exit_of_qemu, NULL);
    return 0;
}
