/* Micro-benchmarks of a machine, or of an environment on it: one line of output for each operation.
 *
 *     micro DIRECTORY BUDGET_MS [OPERATION ...]
 *     -> operation TAB unit TAB batches TAB minimum TAB median
 *
 * An operation is repeated in batches of about a millisecond, so that what interrupts the machine spoils few of them;
 * the median over the batches of a budget of time is its figure. Operations are those of docs/calibrate.md. An operation
 * that the environment refuses prints `operation TAB refused TAB reason` and the rest goes on.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST_BATCHES 4096
#define PAGE 4096L
#define MIB (1L << 20)

static const char *self;
static char path[4096], refusal[200];
static volatile uint64_t sink;

static double clock_ns; /* reading the clock, which some environments make a call of */
static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1e9 + t.tv_nsec;
}

/* Leaves an operation whose environment cannot do it. */
static jmp_buf refused;
static void refuse(const char *what) {
    snprintf(refusal, sizeof refusal, "%s: %s", what, strerror(errno));
    longjmp(refused, 1);
}
#define MUST(call) do { if ((long)(call) < 0) refuse(#call); } while (0)

static const char *in(const char *name) {
    static char full[4352];
    snprintf(full, sizeof full, "%s/%s", path, name);
    return full;
}

static void *mapped(long bytes) {
    void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) refuse("mmap");
    return p;
}

static void filled(const char *name, long bytes) {
    static char block[1 << 16];
    int fd = open(in(name), O_CREAT | O_TRUNC | O_WRONLY, 0600);
    if (fd < 0) refuse("open");
    memset(block, 7, sizeof block);
    for (long done = 0; done < bytes; done += sizeof block)
        if (write(fd, block, sizeof block) != (long)sizeof block) { close(fd); refuse("write"); }
    fsync(fd);
    close(fd);
}

/* ---- user code ---- */

static void int_loop(long n) { /* 1000 dependent additions and exclusive-ors: the unit is a thousand of both */
    uint64_t a = sink | 1;
    for (long i = 0; i < n * 1000; i++) { a += i; __asm__ volatile("" : "+r"(a)); a ^= 5; __asm__ volatile("" : "+r"(a)); }
    sink = a;
}
static void fp_loop(long n) {
    double a = 1.0;
    for (long i = 0; i < n * 1000; i++) { a = a * 0.999 + 0.5; __asm__ volatile("" : "+x"(a)); }
    sink = (uint64_t)a;
}
#define R8(x) x x x x x x x x
static void __attribute__((noinline, aligned(4096))) here(void) { __asm__ volatile(""); }
static void __attribute__((noinline, aligned(4096))) there(void) { __asm__ volatile(""); }
static void call_loop(long n) { while (n--) { R8(here(); there();) } } /* 16 calls with their returns */
static void jump_loop(long n) { /* 16 jumps, in an order that a processor learns, as of an interpreter's instructions */
    static const void *const to[8] = {&&a, &&b, &&c, &&d, &&e, &&f, &&g, &&h};
    static const unsigned char order[16] = {0, 3, 1, 7, 2, 6, 4, 5, 1, 0, 3, 2, 7, 4, 6, 5};
    long left = n * 16;
#define NEXT do { if (--left < 0) return; goto *to[order[left % 16]]; } while (0)
    NEXT;
a: __asm__ volatile("nop"); NEXT;
b: __asm__ volatile("nop\n nop"); NEXT;
c: __asm__ volatile("nop\n nop\n nop"); NEXT;
d: __asm__ volatile("nop\n nop\n nop\n nop"); NEXT;
e: __asm__ volatile("nop" ::: "memory"); NEXT;
f: __asm__ volatile("nop\n nop" ::: "memory"); NEXT;
g: __asm__ volatile("nop\n nop\n nop" ::: "memory"); NEXT;
h: __asm__ volatile("nop\n nop\n nop\n nop" ::: "memory"); NEXT;
}
static void branch_loop(long n) { /* 64 comparisons and jumps, half of which are taken */
    volatile long flip = 0;
    long a = flip, count = 0;
    for (long i = 0; i < n; i++) {
#define ONE if (a & 1) count++; a = (a >> 1) | ((i + count) << 8); __asm__ volatile("" : "+r"(a), "+r"(count));
        R8(R8(ONE))
    }
    sink = count;
}
static void **ring;
static void chain(long bytes) {
    long n = bytes / 64, *order = malloc(n * sizeof *order);
    char *p = mapped(bytes);
    uint64_t seed = 88172645463325252ULL;
    for (long i = 0; i < n; i++) order[i] = i;
    for (long i = n - 1; i > 0; i--) {
        seed ^= seed << 13; seed ^= seed >> 7; seed ^= seed << 17;
        long j = seed % i, t = order[i];
        order[i] = order[j]; order[j] = t;
    }
    for (long i = 0; i < n; i++) *(void **)(p + order[i] * 64) = p + order[(i + 1) % n] * 64;
    ring = (void **)(p + order[0] * 64);
    free(order);
}
static void chase(long n) {
    void **p = ring;
    for (long i = 0; i < n; i++) p = (void **)*p;
    ring = p;
}
static void chase_64k_start(void) { chain(64L << 10); }
static void chase_8m_start(void) { chain(8 * MIB); }
static void chase_512m_start(void) { chain(512 * MIB); }

/* ---- calls, signals, memory ---- */

static void sys_getppid(long n) { while (n--) syscall(SYS_getppid); }
static int zero_fd, null_fd;
static void devices_start(void) {
    MUST(zero_fd = open("/dev/zero", O_RDONLY));
    MUST(null_fd = open("/dev/null", O_WRONLY));
}
static void devices_end(void) { close(zero_fd); close(null_fd); }
static void read_zero1(long n) { char c; while (n--) if (read(zero_fd, &c, 1) != 1) refuse("read"); }
static void write_null1(long n) { while (n--) if (write(null_fd, "x", 1) != 1) refuse("write"); }
static void vdso_gettimeofday(long n) { struct timespec t; while (n--) clock_gettime(CLOCK_REALTIME, &t); }
static void yielding(long n) { while (n--) sched_yield(); }

static void pf_anon(long n) {
    char *p = mapped(n * PAGE);
    madvise(p, n * PAGE, MADV_NOHUGEPAGE);
    for (long i = 0; i < n; i++) p[i * PAGE] = 1;
    munmap(p, n * PAGE);
}
static void file_16m_start(void) { filled("micro-16m", 16 * MIB); }
static void file_16m_end(void) { unlink(in("micro-16m")); }
/* Touches one in `step` pages of a mapped file, timed by itself: mapping it is no part of it. A unit is 16 pages if it
 * reads, which natively is one fault, and one page if it writes. */
static double mapped_file(long step, int write) {
    long pages = 4 * MIB / PAGE, units = write ? (pages + step - 1) / step : pages / 16;
    int fd = open(in("micro-16m"), O_RDONLY);
    if (fd < 0) refuse("open");
    char *p = mmap(NULL, 4 * MIB, write ? PROT_READ | PROT_WRITE : PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (p == MAP_FAILED) refuse("mmap");
    double t = now();
    for (long i = 0; i < pages; i += step) if (write) p[i * PAGE] = 1; else sink += p[i * PAGE];
    t = now() - t - clock_ns;
    munmap(p, 4 * MIB);
    return (t > 0.0 ? t : 0.0) / units;
}
static double pf_file_16p(void) { return mapped_file(16, 0); }
static double pf_file_3p(void) { return mapped_file(3, 0); }
static double pf_file_1p(void) { return mapped_file(1, 0); }
static double pf_private_16p(void) { return mapped_file(16, 1); }
static double pf_private_4p(void) { return mapped_file(4, 1); }
static double pf_private_1p(void) { return mapped_file(1, 1); }
static char *cow;
#define COW_PAGES 256L
static void pf_cow_start(void) { cow = mapped(COW_PAGES * PAGE); madvise(cow, COW_PAGES * PAGE, MADV_NOHUGEPAGE); }
static void pf_cow_end(void) { munmap(cow, COW_PAGES * PAGE); }
static double pf_cow(void) { /* timed by itself: the fork is not part of it */
    int fd[2], status;
    double t;
    memset(cow, 1, COW_PAGES * PAGE);
    MUST(pipe(fd));
    pid_t child = fork();
    if (child < 0) refuse("fork");
    if (child == 0) {
        t = now();
        for (long i = 0; i < COW_PAGES; i++) cow[i * PAGE] = 2;
        t = (now() - t) / COW_PAGES;
        if (write(fd[1], &t, sizeof t) < 0) _exit(1);
        _exit(0);
    }
    close(fd[1]);
    int got = read(fd[0], &t, sizeof t) == sizeof t;
    close(fd[0]);
    waitpid(child, &status, 0);
    if (!got) refuse("child");
    return t;
}
static void nothing(int s) { (void)s; }
static void sig_start(void) { signal(SIGUSR1, nothing); }
static void sig_deliver(long n) { pid_t me = getpid(); while (n--) kill(me, SIGUSR1); }
static char *guarded;
static void page_start(void) { guarded = mapped(PAGE); guarded[0] = 1; }
static void page_end(void) { munmap(guarded, PAGE); }
static void mprotect_pair(long n) {
    while (n--) { mprotect(guarded, PAGE, PROT_READ); mprotect(guarded, PAGE, PROT_READ | PROT_WRITE); }
}
static void mmap_munmap_1m(long n) { while (n--) munmap(mapped(MIB), MIB); }

/* ---- files ---- */

#define NAMES 256
static void names_start(void) {
    char name[32];
    for (int i = 0; i < NAMES; i++) {
        snprintf(name, sizeof name, "micro-%03d", i);
        int fd = open(in(name), O_CREAT | O_WRONLY, 0600);
        if (fd < 0) refuse("open");
        close(fd);
    }
}
static void names_end(void) {
    char name[32];
    for (int i = 0; i < NAMES; i++) { snprintf(name, sizeof name, "micro-%03d", i); unlink(in(name)); }
}
static void stat_rootfs(long n) {
    char name[32];
    struct stat s;
    while (n--) { snprintf(name, sizeof name, "micro-%03ld", n % NAMES); if (stat(in(name), &s)) refuse("stat"); }
}
static void open_close_rootfs(long n) {
    char name[32];
    while (n--) {
        snprintf(name, sizeof name, "micro-%03ld", n % NAMES);
        int fd = open(in(name), O_RDONLY);
        if (fd < 0) refuse("open");
        close(fd);
    }
}
static void contents_start(void) {
    char name[32];
    for (int i = 0; i < NAMES; i++) { snprintf(name, sizeof name, "micro-%03d", i); filled(name, PAGE); }
}
static void open_read4k(long n) {
    static char block[PAGE];
    char name[32];
    while (n--) {
        snprintf(name, sizeof name, "micro-%03ld", n % NAMES);
        int fd = open(in(name), O_RDONLY);
        if (fd < 0) refuse("open");
        int short_ = read(fd, block, PAGE) != PAGE;
        close(fd);
        if (short_) refuse("read");
    }
}
static void file_create(long n) {
    static char block[PAGE];
    while (n--) {
        int fd = open(in("micro-new"), O_CREAT | O_EXCL | O_WRONLY, 0600);
        if (fd < 0) refuse("open");
        int short_ = write(fd, block, PAGE) != PAGE;
        close(fd);
        unlink(in("micro-new"));
        if (short_) refuse("write");
    }
}
static int file_fd;
static char *buffer;
static void cached_start(void) { file_16m_start(); buffer = mapped(MIB); MUST(file_fd = open(in("micro-16m"), O_RDONLY)); }
static void cached_end(void) { close(file_fd); munmap(buffer, MIB); file_16m_end(); }
static void pagecache_read1m(long n) { while (n--) if (pread(file_fd, buffer, MIB, (n % 16) * MIB) != MIB) refuse("pread"); }
static void reopen_start(void) { file_16m_start(); buffer = mapped(MIB); } /* nobody holds the file open */
static void reopen_end(void) { munmap(buffer, MIB); file_16m_end(); }
static void reopen_read1m(long n) { /* as programs read: opened, read once in pieces, closed */
    while (n--) {
        int fd = open(in("micro-16m"), O_RDONLY), short_ = 0;
        if (fd < 0) refuse("open");
        for (int piece = 0; piece < 16; piece++) short_ |= pread(fd, buffer, 65536, (n % 16) * MIB + piece * 65536L) != 65536;
        close(fd);
        if (short_) refuse("pread");
    }
}
static void pread256(long n) { while (n--) if (pread(file_fd, buffer, 256, (n % 4096) * PAGE) != 256) refuse("pread"); }
static void write_start(void) {
    buffer = mapped(MIB);
    memset(buffer, 3, MIB);
    MUST(file_fd = open(in("micro-16m"), O_CREAT | O_TRUNC | O_RDWR, 0600));
}
static void pagecache_write1m(long n) { /* at the end of a file that is emptied after 16 */
    for (long i = 0; i < n; i++) {
        if (i % 16 == 0 && (ftruncate(file_fd, 0) || lseek(file_fd, 0, SEEK_SET))) refuse("ftruncate");
        if (write(file_fd, buffer, MIB) != MIB) refuse("write");
    }
}
static void direct_start(void) {
    filled("micro-16m", 16 * MIB);
    buffer = mapped(MIB);
    MUST(file_fd = open(in("micro-16m"), O_RDWR | O_DIRECT));
}
static uint64_t place = 12345;
static long somewhere(void) { place = place * 6364136223846793005ULL + 1442695040888963407ULL; return (place >> 33) % 4096 * PAGE; }
static void direct_read(long n) { while (n--) if (pread(file_fd, buffer, PAGE, somewhere()) != PAGE) refuse("pread"); }
static void direct_write(long n) { while (n--) if (pwrite(file_fd, buffer, PAGE, somewhere()) != PAGE) refuse("pwrite"); }
static void direct_read1m(long n) { while (n--) if (pread(file_fd, buffer, MIB, (n % 16) * MIB) != MIB) refuse("pread"); }
static void append_start(void) {
    buffer = mapped(MIB);
    MUST(file_fd = open(in("micro-log"), O_CREAT | O_TRUNC | O_WRONLY | O_APPEND, 0600));
}
static void append_end(void) { close(file_fd); munmap(buffer, MIB); unlink(in("micro-log")); }
static void append_fsync(long n) { while (n--) if (write(file_fd, buffer, PAGE) != PAGE || fsync(file_fd)) refuse("fsync"); }

/* ---- processes and messages: partner processes end when their pipe or socket closes ---- */

static int to[2], from[2];
static pid_t partner;
static void pipe_start(void) {
    MUST(pipe(to));
    MUST(pipe(from));
    MUST(partner = fork());
    if (partner == 0) {
        char c;
        close(to[1]); close(from[0]);
        while (read(to[0], &c, 1) == 1) if (write(from[1], &c, 1) != 1) break;
        _exit(0);
    }
    close(to[0]); close(from[1]);
}
static void pipe_end(void) { close(to[1]); close(from[0]); waitpid(partner, NULL, 0); }
static void ctx_pipe(long n) { /* one unit is one switch, half a round trip */
    char c = 'x';
    for (long i = 0; i < n; i += 2) if (write(to[1], &c, 1) != 1 || read(from[0], &c, 1) != 1) refuse("pipe");
}
static void *leave(void *a) { return a; }
static void thread_create_join(long n) {
    while (n--) { pthread_t t; if (pthread_create(&t, NULL, leave, NULL)) refuse("pthread_create"); pthread_join(t, NULL); }
}
static void fork_exit_wait(long n) {
    while (n--) {
        pid_t child = fork();
        if (child < 0) refuse("fork");
        if (child == 0) _exit(0);
        waitpid(child, NULL, 0);
    }
}
static void fork_exec_wait(long n) {
    while (n--) {
        int status;
        pid_t child = fork();
        if (child < 0) refuse("fork");
        if (child == 0) { execl(self, self, (char *)NULL); _exit(1); }
        waitpid(child, &status, 0);
        if (status) { errno = ENOEXEC; refuse("exec"); }
    }
}
static int sock;
static void echo_start(int streaming) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof a;
    int listening, one = 1;
    MUST(listening = socket(AF_INET, SOCK_STREAM, 0));
    if (bind(listening, (void *)&a, sizeof a) || listen(listening, 1) || getsockname(listening, (void *)&a, &length)) refuse("listen");
    MUST(partner = fork());
    if (partner == 0) {
        static char block[1 << 17];
        int peer = accept(listening, NULL, NULL);
        long got;
        setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        while ((got = read(peer, block, streaming ? sizeof block : 1)) > 0) if (!streaming && write(peer, block, 1) != 1) break;
        _exit(0);
    }
    MUST(sock = socket(AF_INET, SOCK_STREAM, 0));
    if (connect(sock, (void *)&a, sizeof a)) { kill(partner, SIGKILL); refuse("connect"); }
    setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    close(listening);
}
static void rr_start(void) { echo_start(0); }
static void socket_end(void) { close(sock); waitpid(partner, NULL, 0); }
static void tcp_rr_lo(long n) { char c = 'x'; while (n--) if (write(sock, &c, 1) != 1 || read(sock, &c, 1) != 1) refuse("tcp"); }
static void nanosleep_50us(long n) { struct timespec t = {0, 50000}; while (n--) nanosleep(&t, NULL); }

/* ---- counts ---- */

static double faults(int who) { struct rusage u; getrusage(who, &u); return u.ru_minflt; }
static double minor_faults(void) { /* of memory written; those of forks, execs and files are in their costs */
    double before = faults(RUSAGE_SELF) + faults(RUSAGE_CHILDREN);
    pf_anon(512);
    return faults(RUSAGE_SELF) + faults(RUSAGE_CHILDREN) - before;
}

typedef struct {
    const char *name;
    void (*run)(long);      /* so many units; NULL where the operation times itself */
    double (*timed)(void);  /* nanoseconds a unit, or a count */
    void (*start)(void), (*end)(void);
    const char *unit;
} Operation;

static const Operation all[] = {
    {"int_loop", int_loop, 0, 0, 0, "ns"},
    {"fp_loop", fp_loop, 0, 0, 0, "ns"},
    {"call_loop", call_loop, 0, 0, 0, "ns"},
    {"jump_loop", jump_loop, 0, 0, 0, "ns"},
    {"branch_loop", branch_loop, 0, 0, 0, "ns"},
    {"chase_64k", chase, 0, chase_64k_start, 0, "ns"},
    {"chase_8m", chase, 0, chase_8m_start, 0, "ns"},
    {"chase_512m", chase, 0, chase_512m_start, 0, "ns"},
    {"sys_getppid", sys_getppid, 0, 0, 0, "ns"},
    {"read_zero1", read_zero1, 0, devices_start, devices_end, "ns"},
    {"write_null1", write_null1, 0, devices_start, devices_end, "ns"},
    {"vdso_gettimeofday", vdso_gettimeofday, 0, 0, 0, "ns"},
    {"sched_yield", yielding, 0, 0, 0, "ns"},
    {"pf_anon", pf_anon, 0, 0, 0, "ns"},
    {"pf_file_16p", 0, pf_file_16p, file_16m_start, file_16m_end, "ns"},
    {"pf_file_3p", 0, pf_file_3p, file_16m_start, file_16m_end, "ns"},
    {"pf_file_1p", 0, pf_file_1p, file_16m_start, file_16m_end, "ns"},
    {"pf_private_16p", 0, pf_private_16p, file_16m_start, file_16m_end, "ns"},
    {"pf_private_4p", 0, pf_private_4p, file_16m_start, file_16m_end, "ns"},
    {"pf_private_1p", 0, pf_private_1p, file_16m_start, file_16m_end, "ns"},
    {"pf_cow", 0, pf_cow, pf_cow_start, pf_cow_end, "ns"},
    {"sig_deliver", sig_deliver, 0, sig_start, 0, "ns"},
    {"mprotect_pair", mprotect_pair, 0, page_start, page_end, "ns"},
    {"mmap_munmap_1m", mmap_munmap_1m, 0, 0, 0, "ns"},
    {"stat_rootfs", stat_rootfs, 0, names_start, names_end, "ns"},
    {"open_close_rootfs", open_close_rootfs, 0, names_start, names_end, "ns"},
    {"open_read4k_rootfs", open_read4k, 0, contents_start, names_end, "ns"},
    {"file_create_4k_unlink_tmpfs", file_create, 0, 0, 0, "ns"},
    {"pagecache_read1m", pagecache_read1m, 0, cached_start, cached_end, "ns"},
    {"reopen_read1m", reopen_read1m, 0, reopen_start, reopen_end, "ns"},
    {"pagecache_write1m", pagecache_write1m, 0, write_start, cached_end, "ns"},
    {"pread256_rootfs", pread256, 0, cached_start, cached_end, "ns"},
    {"ctx_pipe", ctx_pipe, 0, pipe_start, pipe_end, "ns"},
    {"thread_create_join", thread_create_join, 0, 0, 0, "ns"},
    {"fork_exit_wait", fork_exit_wait, 0, 0, 0, "ns"},
    {"fork_exec_wait", fork_exec_wait, 0, 0, 0, "ns"},
    {"tcp_rr_lo", tcp_rr_lo, 0, rr_start, socket_end, "ns"},
    {"nanosleep_50us", nanosleep_50us, 0, 0, 0, "ns"},
    {"disk_randread4k_direct", direct_read, 0, direct_start, cached_end, "ns"},
    {"disk_randwrite4k_direct", direct_write, 0, direct_start, cached_end, "ns"},
    {"disk_append4k_fsync", append_fsync, 0, append_start, append_end, "ns"},
    {"disk_seqread1m_direct", direct_read1m, 0, direct_start, cached_end, "ns"},
    {"minor_faults", 0, minor_faults, 0, 0, "count"},
};

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double once(const Operation *o, long n) {
    if (o->timed) return o->timed();
    double t = now();
    o->run(n);
    t = now() - t - clock_ns;
    return (t > 0.0 ? t : 0.0) / n;
}

static void measure(const Operation *o, double budget) {
    static double figure[MOST_BATCHES];
    long n = o->run == ctx_pipe ? 2 : 1, count = 0;
    double ends;
    if (o->start) o->start();
    once(o, n); /* warm */
    if (!o->timed) /* batches of about a millisecond */
        while (n < (1L << 24) && (once(o, n) * n < 5e5 || once(o, n) * n < 5e5)) n *= 2;
    ends = now() + budget;
    do figure[count++] = once(o, n); while (count < MOST_BATCHES && (now() < ends || count < 5));
    if (o->end) o->end();
    qsort(figure, count, sizeof *figure, ascending);
    printf("%s\t%s\t%ld\t%.6g\t%.6g\n", o->name, o->unit, count, figure[0], figure[count / 2]);
}

int main(int argc, char **argv) {
    if (argc == 1) return 0; /* what fork_exec_wait runs */
    self = argv[0];
    snprintf(path, sizeof path, "%s", argv[1]);
    double budget = argc > 2 ? atof(argv[2]) * 1e6 : 2e7;
    setvbuf(stdout, NULL, _IOLBF, 0);
    signal(SIGPIPE, SIG_IGN);
    double least = 1e9;
    for (int i = 0; i < 100; i++) {
        double t = now();
        t = now() - t;
        least = t < least ? t : least;
    }
    clock_ns = least;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        int wanted = argc <= 3, status;
        for (int a = 3; a < argc; a++) wanted |= !strcmp(argv[a], all[i].name);
        if (!wanted) continue;
        fflush(stdout);
        pid_t child = fork(); /* a process of its own: what it leaves mapped is gone, and if it dies the rest goes on */
        if (child < 0) return 1;
        if (child == 0) {
            alarm(30);
            if (setjmp(refused)) printf("%s\trefused\t%s\n", all[i].name, refusal);
            else measure(&all[i], budget);
            fflush(stdout);
            _exit(0);
        }
        waitpid(child, &status, 0);
        if (status) printf("%s\trefused\tended by %s\n", all[i].name, WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "an error");
    }
    return 0;
}
