EP_RUNTIME   := native
EP_GENERATED := tiny.c
EP_KERNELS   :=
