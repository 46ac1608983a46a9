"""A Triton back end for the host's processor.

Triton finds it by its entry point; kernels run here wherever there is no GPU, and wherever
`TRITON_DEFAULT_BACKEND=cpu` asks for it.
"""
