"""LLVM IR: written as text, instruction by instruction."""
