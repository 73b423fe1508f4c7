/* Kinds of code, one at a time: nanoseconds a unit. Run natively and under a translator; the difference is the price.
 *
 *   kinds KIND        prints the smallest of five timings, ns for each unit of the kind
 *
 * work      dependent integer operations in long straight code       unit: an operation
 * load      independent loads of one cache line, straight code       unit: a load
 * block     direct jumps, each to the next block of the same page    unit: a jump
 * far       direct calls and returns to code of another page         unit: a call with its return
 * indirect  jumps to one of 8 targets, drawn at random              unit: a jump
 * branch    comparisons, each with a conditional jump not taken      unit: a comparison with its jump
 * wide      independent integer operations in long straight code    unit: an operation
 * spread    calls of one of 16384 functions, drawn at random         unit: a call with its return
 * float     dependent double multiplications and additions           unit: an operation
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#define R4(x) x x x x
#define R16(x) R4(R4(x))
#define R64(x) R4(R16(x))
#define R256(x) R4(R64(x))

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

static long line[8];
static void __attribute__((noinline, aligned(4096))) here(void) { __asm__ volatile(""); }
static void __attribute__((noinline, aligned(4096))) there(void) { __asm__ volatile(""); }

static double work(long n) {
    unsigned long a = 1;
    for (long i = 0; i < n; i++) __asm__ volatile(R64("add $3, %0\n xor $5, %0\n lea 7(%0), %0\n rol $1, %0\n") : "+r"(a));
    return n * 256.0;
}

static double load(long n) {
    for (long i = 0; i < n; i++) __asm__ volatile(R256("mov (%0), %%rax\n") : : "r"(line) : "rax");
    return n * 256.0;
}

static double block(long n) {
    for (long i = 0; i < n; i++) __asm__ volatile(R64("jmp 1f\n1:\n") ::: "memory");
    return n * 64.0;
}

static double far(long n) {
    for (long i = 0; i < n; i++) { R16(here(); there();) }
    return n * 32.0;
}

static double indirect(long n) {
    static const void *const to[8] = {&&a, &&b, &&c, &&d, &&e, &&f, &&g, &&h};
    long left = n * 64;
    unsigned x = 12345;
#define NEXT do { if (--left < 0) return n * 64.0; x = x * 1103515245 + 12345; goto *to[x >> 29]; } while (0)
    NEXT;
a: __asm__ volatile("nop"); NEXT;
b: __asm__ volatile("nop\n nop"); NEXT;
c: __asm__ volatile("nop\n nop\n nop"); NEXT;
d: __asm__ volatile("nop\n nop\n nop\n nop"); NEXT;
e: __asm__ volatile("xchg %%ax, %%ax" ::: "rax"); NEXT;
f: __asm__ volatile("nop\n xchg %%ax, %%ax" ::: "rax"); NEXT;
g: __asm__ volatile("nop\n nop\n xchg %%ax, %%ax" ::: "rax"); NEXT;
h: __asm__ volatile("xchg %%ax, %%ax\n xchg %%ax, %%ax" ::: "rax"); NEXT;
}

static double branch(long n) {
    for (long i = 0; i < n; i++) __asm__ volatile(R64("cmp %0, %1\n je 1f\n 1:\n") : : "r"(n), "r"(i) : "cc");
    return n * 64.0;
}

static double wide(long n) {
    unsigned long a = 1, b = 2, c = 3, d = 4;
    for (long i = 0; i < n; i++)
        __asm__ volatile(R64("add $3, %0\n xor $5, %1\n lea 7(%2), %2\n rol $1, %3\n") : "+r"(a), "+r"(b), "+r"(c), "+r"(d));
    return n * 256.0;
}

/* Functions of 16 bytes each: nothing but the return. */
__asm__(".pushsection .text\n .balign 4096\n many:\n .rept 16384\n ret\n .balign 16\n .endr\n .popsection\n");
extern char many[];

static double spread(long n) {
    unsigned x = 12345;
    for (long i = 0; i < n * 64; i++) {
        x = x * 1103515245 + 12345;
        ((void (*)(void))(many + 16 * (x >> 18)))();
    }
    return n * 64.0;
}

static double floating(long n) {
    double a = 1.0, m = 1.0000001, s = 1e-9;
    for (long i = 0; i < n; i++) __asm__ volatile(R64("mulsd %1, %0\n addsd %2, %0\n") : "+x"(a) : "x"(m), "x"(s));
    return n * 128.0;
}

int main(int count, char **given) {
    static const struct { const char *name; double (*run)(long); long n; } kinds[] = {
        {"work", work, 300000}, {"load", load, 300000}, {"block", block, 300000},
        {"far", far, 300000}, {"indirect", indirect, 300000},
        {"branch", branch, 300000}, {"wide", wide, 300000}, {"spread", spread, 30000}, {"float", floating, 20000},
    };
    for (unsigned k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        if (count > 1 && strcmp(given[1], kinds[k].name)) continue;
        double best = 1e30;
        kinds[k].run(100);
        for (int turn = 0; turn < 5; turn++) {
            double begin = now(), units = kinds[k].run(kinds[k].n), each = (now() - begin) / units;
            if (each < best) best = each;
        }
        printf("%s,%.4f\n", kinds[k].name, best);
    }
    return 0;
}
