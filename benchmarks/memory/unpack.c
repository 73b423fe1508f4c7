/* What it takes to pack and to unpack a page of 4 KiB with LZ4, of pages that pack to half or less.

   cc -O2 -o unpack unpack.c -l:liblz4.so.1 && ./unpack PAGES

   PAGES is a file of pages, such as a copy of the writable anonymous memory of processes that run. Quantiles are of
   the times of single pages, so that a machine that others use as well moves the upper ones only. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAGE = 4096, ROOM = 2 * PAGE, MOST = 100000 };

int LZ4_compress_default(const char *from, char *to, int size, int room);
int LZ4_decompress_safe(const char *from, char *to, int size, int room);

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

static int order(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void say(const char *what, double *seconds, int count) {
    qsort(seconds, count, sizeof *seconds, order);
    printf("%s: 5 %% %.2f us, median %.2f us, 95 %% %.2f us\n", what, 1e6 * seconds[count / 20], 1e6 * seconds[count / 2],
           1e6 * seconds[count - 1 - count / 20]);
}

int main(int count, char **words) {
    static char page[PAGE], packed[ROOM], *kept[MOST];
    static double unpack[MOST], pack[MOST];
    static int sizes[MOST];
    FILE *pages = count == 2 ? fopen(words[1], "rb") : NULL;
    int seen = 0, half = 0;
    double total = 0;
    if (!pages) {
        fprintf(stderr, "usage: unpack PAGES\n");
        return 2;
    }
    while (seen < MOST && fread(page, 1, PAGE, pages) == PAGE) {
        int size = LZ4_compress_default(page, packed, PAGE, ROOM);
        seen++;
        total += size;
        if (size <= PAGE / 2) {
            kept[half] = memcpy(malloc(size), packed, size);
            sizes[half++] = size;
        }
    }
    if (!half) {
        fprintf(stderr, "no page packs to half\n");
        return 1;
    }
    for (int n = 0; n < half; n++) {
        double start = now();
        LZ4_decompress_safe(kept[n], page, sizes[n], PAGE);
        double middle = now();
        LZ4_compress_default(page, packed, PAGE, ROOM);
        pack[n] = now() - middle;
        unpack[n] = middle - start;
    }
    printf("%d pages, %.0f bytes packed on average, %.0f %% pack to half or less\n", seen, total / seen, 100.0 * half / seen);
    say("unpack", unpack, half);
    say("pack", pack, half);
    return 0;
}
