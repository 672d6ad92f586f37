// Enters one function in the middle of six of its instructions, and behind those where it makes
// a system call that it makes nowhere else.
__asm__(
    ".text\n"
    "entered:\n"
    ".cfi_startproc\n"
    "  ret\n"
    ".rept 6\n"
    // The bytes behind the first: nop, nop, nop, ret.
    "  mov $0xc3909090, %eax\n"
    ".endr\n"
    "behind:\n"
    "  mov $124, %eax\n"  // getsid
    "  xor %edi, %edi\n"
    "  syscall\n"
    "  ret\n"
    ".cfi_endproc\n"
    ".globl _start\n"
    "_start:\n"
    "  call behind\n"
    "  call entered + 2\n"
    "  call entered + 7\n"
    "  call entered + 12\n"
    "  call entered + 17\n"
    "  call entered + 22\n"
    "  call entered + 27\n"
    "  xor %edi, %edi\n"
    "  mov $60, %eax\n"
    // Nothing follows the last instruction, which does not come back.
    "  syscall\n");
