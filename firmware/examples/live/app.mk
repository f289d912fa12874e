# SPDX-License-Identifier: Apache-2.0
# What this program needs besides the model: a UART and frames over it, no debugger, and lib/ecg from the filter to the stream.
APP_UART := 1
APP_LINK := 1
APP_PORT := bare
APP_ECG  := $(patsubst lib/ecg/%,%,$(wildcard lib/ecg/*.c))
# Shapes of the last beats are kept for a model that takes them.
APP_FLAGS := $(if $(shell grep 'define ECGP_MODEL_INPUT_CONTEXT' $(MODEL_DIR)/ecgp_model.h),,-DECGP_STREAM_CONTEXT=0)
