/* Functions that keep an argument on the stack, do something with the stack pointer, and then make
 * a system call only if the argument is 1. All are called with 0, so that the call is made only
 * where the variable may have been changed in between. */

#define KEEPING(name, number, body)                                            \
    __asm__(".text\n.type " #name ", @function\n" #name ":\n"                  \
            "cmp $7, %edi\n je 9f\n"                                           \
            "push %rbp\n mov %rsp, %rbp\n sub $32, %rsp\n"                     \
            "mov %edi, -8(%rbp)\n" body                                        \
            "cmpl $1, -8(%rbp)\n jne 8f\n"                                     \
            "mov $" #number ", %eax\n syscall\n"                               \
            "8: leave\n 9: ret\n.size " #name ", . - " #name "\n");            \
    int name(int what, long distance)

/* Makes room of unknown size, and keeps how much it is. */
KEEPING(chroot_after_distance, 161,
        "mov %rsp, %rax\n sub %rsi, %rsp\n sub %rsp, %rax\n mov %rax, -16(%rbp)\n"
        "call other\n");
/* Touches every page of such room. */
KEEPING(acct_after_probes, 163,
        "mov %rsp, %rcx\n sub %rsi, %rcx\n 1: cmp %rcx, %rsp\n je 2f\n"
        "sub $4096, %rsp\n orq $0, 4088(%rsp)\n jmp 1b\n 2: xor %ecx, %ecx\n"
        "call other\n");
/* Calls itself with one of two numbers, neither of which is 1. */
KEEPING(setdomainname_after_itself, 171,
        "cmpq $0, saved(%rip)\n je 1f\n orl $4, -8(%rbp)\n"
        "1: mov -8(%rbp), %edi\n cmp $5, %rsi\n je 2f\n"
        "call setdomainname_after_itself\n 2:\n");
/* Hands the pointer on. */
KEEPING(swapon_after_call, 167, "mov %rsp, %rdi\n call other\n");
/* Stores at an unknown distance from it. */
KEEPING(umount2_after_store, 166, "mov %rsp, %rax\n add %rsi, %rax\n movl $1, (%rax)\n");
KEEPING(sethostname_after_sum, 170, "lea -32(%rbp, %rsi), %rax\n movl $1, (%rax)\n");
/* Leaves the pointer where others find it. */
KEEPING(swapoff_after_saving, 168, "mov %rsp, saved(%rip)\n call other\n");

long saved;
void *volatile target;

void other(void)
{
    *(volatile int *)target = 1;
}

int main(int count, char **words)
{
    target = words;
    return chroot_after_distance(0, count) + acct_after_probes(0, 4096)
        + setdomainname_after_itself(0, count) + swapon_after_call(0, count)
        + umount2_after_store(0, count) + sethostname_after_sum(0, count)
        + swapoff_after_saving(0, count);
}
