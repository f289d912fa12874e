EP_RUNTIME   := native
EP_GENERATED := empty.c
EP_KERNELS   :=
