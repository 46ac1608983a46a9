"""Triton IR to LLVM IR. The door is `kernel.lower`."""
