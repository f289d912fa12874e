APP_UART := 1
APP_PORT := bare
