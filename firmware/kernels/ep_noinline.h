/**
 * @file ep_noinline.h
 * @brief Keeps a function apart from its callers.
 *
 * What is inlined together shares registers: beside assembly that takes every one, callers have none for their own, and
 * all of it needs more stack.
 */
#ifndef EP_NOINLINE_H
#define EP_NOINLINE_H

#if defined(__GNUC__)
#define EP_NOINLINE __attribute__((noinline))
#else
#define EP_NOINLINE
#endif

#endif /* EP_NOINLINE_H */
