// Code that tables describe badly: a call behind the end of its call frame, a function that begins
// one byte into its frame, cases of a jump table, and bytes of a call within a constant.

__asm__(
    ".text\n"
    ".globl behind_frame\n"
    ".type behind_frame, @function\n"
    "behind_frame:\n"
    "  .cfi_startproc\n"
    "  mov $39, %eax\n"  /* getpid */
    "  .cfi_endproc\n"
    "  syscall\n"
    "  ret\n"
    ".p2align 4\n"
    // The frame starts at the last byte of a four-byte no-operation, as that of a signal's
    // return code does.
    "  .byte 0x0f, 0x1f, 0x40\n"
    "  .cfi_startproc simple\n"
    "  .byte 0x00\n"
    "within_frame:\n"
    "  mov $15, %rax\n"  /* rt_sigreturn */
    "  syscall\n"
    "  ret\n"
    "  .cfi_endproc\n");

extern void behind_frame(void);
extern void within_frame(void);
void (*volatile keep)(void);

// Keeps the compiler from making the cases a table of numbers.
#define SEPARATE __asm__ volatile("")

__attribute__((noinline)) static long choose(int which) {
    long number;
    switch (which) {
    case 0: SEPARATE; number = 102; break; /* getuid */
    case 1: SEPARATE; number = 104; break; /* getgid */
    case 2: SEPARATE; number = 107; break; /* geteuid */
    case 3: SEPARATE; number = 108; break; /* getegid */
    case 4: SEPARATE; number = 110; break; /* getppid */
    default: number = 111; break; /* getpgrp */
    }
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number) : "rcx", "r11", "memory");
    return result;
}

void _start(void) {
    volatile int which = 3;
    /* The bytes 0f 05 of this constant are no instruction. */
    volatile int constant = 0x11050f11;
    (void)constant;
    keep = within_frame;
    behind_frame();
    choose(which);
    __asm__ volatile("mov $231, %eax\n xor %edi, %edi\n syscall"); /* exit_group */
    __builtin_unreachable();
}
