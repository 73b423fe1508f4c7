/* What starting a program takes where a whole system is translated: at addresses of its own choice, and at fixed ones.
 *
 *     gcc -O2 -static -o init start.c; gcc -O2 -o dynamic true.c; gcc -O2 -static -o static true.c
 *     qemu-system-x86_64 -accel tcg,thread=single -kernel vmlinuz -initrd ROOT -append "console=ttyS0 quiet" -nographic
 *
 * ROOT holds this program, /dynamic and /static (programs that only return 0), and the dynamic one's loader and library.
 * Each line that it is sent, "static", "dynamic" or "fixed", is 100 times fork, exec and wait; what they took of the
 * emulator is the change of its processor time (/proc/PID/task/N/stat) over 100.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 100 };

static void start(char *path, int fixed)
{
    for (int i = 0; i < RUNS; i++) {
        pid_t child = fork();
        if (child == 0) {
            char *argv[] = {path, 0}, *envp[] = {0};
            if (fixed)
                personality(ADDR_NO_RANDOMIZE);
            execve(path, argv, envp);
            _exit(1);
        }
        waitpid(child, 0, 0);
    }
    printf("DONE %s %s\n", path, fixed ? "fixed" : "random");
    fflush(stdout);
}

int main(void)
{
    char line[64];
    for (puts("READY"), fflush(stdout); fgets(line, sizeof line, stdin);) {
        line[strcspn(line, "\r\n")] = 0;
        if (!strcmp(line, "static"))
            start("/static", 0);
        else if (!strcmp(line, "dynamic"))
            start("/dynamic", 0);
        else if (!strcmp(line, "fixed"))
            start("/dynamic", 1);
    }
    return 0;
}
