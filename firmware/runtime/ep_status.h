/**
 * @file ep_status.h
 * @brief The one result type of everything in ecgprune's firmware.
 */
#ifndef EP_STATUS_H
#define EP_STATUS_H

/** Zero is success; every error is negative. */
typedef enum {
    EP_OK = 0,             /**< done */
    EP_ERR_ARENA = -1,     /**< the arena is NULL, misaligned, or smaller than the model needs */
    EP_ERR_INTEGRITY = -2, /**< a stored model, or the state it runs on, is damaged or was never initialized */
    EP_ERR_RUNTIME = -3,   /**< the runtime underneath (TFLM) refused the model or failed in an operator */
    EP_ERR_IO = -4         /**< the port could not read its input or write its output */
} ep_status;

#endif /* EP_STATUS_H */
