// Reaches system calls in ways that an extractor must see through. Built freestanding, so that
// these are all the calls there are.

#define NOINLINE __attribute__((noinline))

// The number is the first register argument.
NOINLINE static long invoke(long number, long a) {
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a) : "rcx", "r11", "memory");
    return result;
}

// The same, one function further out.
NOINLINE static long invoke_twice(long a, long number) {
    return invoke(number, a) + invoke(number, a + 1);
}

// The number is the first argument on the stack.
long invoke_from_stack(void);
__asm__(
    "invoke_from_stack:\n"
    "  mov 8(%rsp), %eax\n"
    "  xor %edi, %edi\n"
    "  syscall\n"
    "  ret\n");

// The number is what the first argument points at, and a global variable keeps the pointer.
struct request { int number; int argument; };
static struct request *volatile current;

NOINLINE static long invoke_request(struct request *request) {
    long result;
    current = request;
    __asm__ volatile("syscall"
                     : "=a"(result) : "a"((long)request->number), "D"((long)request->argument)
                     : "rcx", "r11", "memory");
    return result;
}

// Only its address is ever used.
NOINLINE static long pointed_at(long a) { return invoke(102 /* getuid */, a); }
long (*volatile table[2])(long) = {0, pointed_at};

// Nothing refers to it.
__attribute__((used)) NOINLINE static long unreachable_code(long a) {
    return invoke(169 /* reboot */, a);
}

void _start(void) {
    volatile int which = 0;
    invoke(39 /* getpid */, 0);
    invoke(which ? 108 /* getegid */ : 104 /* getgid */, 0);
    invoke_twice(0, 110 /* getppid */);
    __asm__ volatile(
        "push $186\n call invoke_from_stack\n pop %%rax" /* gettid */
        ::: "rax", "rdi", "rcx", "r11", "memory");
    struct request request = {111 /* getpgrp */, 0};
    invoke_request(&request);
    table[1](0);
    invoke(231 /* exit_group */, 0);
    __builtin_unreachable();
}
