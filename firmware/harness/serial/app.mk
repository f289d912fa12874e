# SPDX-License-Identifier: Apache-2.0
# What this program needs besides the model: a UART and frames over it, and no debugger.
APP_UART := 1
APP_LINK := 1
APP_PORT := bare
