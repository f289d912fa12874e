/**
 * @file ecgp_noinline.h
 * @brief Keeps a function apart from its callers.
 *
 * What is inlined together shares registers: beside assembly that takes every one, callers have none for their own, and
 * all of it needs more stack.
 */
#ifndef ECGP_NOINLINE_H
#define ECGP_NOINLINE_H

#if defined(__GNUC__)
#define ECGP_NOINLINE __attribute__((noinline))
#else
#define ECGP_NOINLINE
#endif

#endif /* ECGP_NOINLINE_H */
