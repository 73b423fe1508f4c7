/* The closed network in C: a heap of events, queues, exponential service, and the integrals of busy servers and of
   visits present at each station. Arguments: visits. Prints the visits done and the processor seconds taken. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { CUSTOMERS = 50, STATIONS = 4 };
static const double MEAN[STATIONS] = {20.0, 2.0, 8.0, 5.0};
static const int SERVERS[STATIONS] = {2, 1, 1, 1};

typedef struct { double at; uint64_t order; int customer, station; } Event;
typedef struct { int free, first, count, queue[CUSTOMERS]; double since, busy, present; } Station;

static Event heap[CUSTOMERS + 1];
static int pending;
static uint64_t order, state[2] = {0x9E3779B97F4A7C15u, 0xBF58476D1CE4E5B9u};
static Station stations[STATIONS];
static double now;

static double uniform(void) { /* xorshift128+ (Vigna 2017), in (0, 1] */
    uint64_t a = state[0], b = state[1];
    state[0] = b;
    a ^= a << 23;
    state[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
    return ((state[1] + b) >> 11) * 0x1p-53 + 0x1p-54;
}

static int before(const Event *a, const Event *b) { return a->at < b->at || (a->at == b->at && a->order < b->order); }

static void schedule(int customer, int station) {
    Event event = {now - MEAN[station] * log(uniform()), order++, customer, station};
    int place = pending++;
    for (; place > 0 && before(&event, &heap[(place - 1) / 2]); place = (place - 1) / 2) heap[place] = heap[(place - 1) / 2];
    heap[place] = event;
}

static Event pop(void) {
    Event first = heap[0], last = heap[--pending];
    int place = 0;
    for (;;) {
        int below = 2 * place + 1;
        if (below >= pending) break;
        if (below + 1 < pending && before(&heap[below + 1], &heap[below])) below++;
        if (before(&last, &heap[below])) break;
        heap[place] = heap[below];
        place = below;
    }
    heap[place] = last;
    return first;
}

static void settle(Station *s, int servers) {
    double time = now - s->since;
    s->busy += time * (servers - s->free);
    s->present += time * (servers - s->free + s->count);
    s->since = now;
}

static void arrive(int customer, int n) {
    Station *s = &stations[n];
    settle(s, SERVERS[n]);
    if (s->free) {
        s->free--;
        schedule(customer, n);
    } else {
        s->queue[(s->first + s->count++) % CUSTOMERS] = customer;
    }
}

int main(int count, char **words) {
    long visits = count > 1 ? atol(words[1]) : 1000000, done = 0;
    double began[CUSTOMERS] = {0}, response = 0.0;
    long operations = 0;
    clock_t start = clock();
    for (int n = 0; n < STATIONS; n++) stations[n].free = SERVERS[n];
    for (int n = 0; n < CUSTOMERS; n++) arrive(n, 0);
    while (done < visits) {
        Event event = pop();
        Station *s = &stations[event.station];
        now = event.at;
        done++;
        settle(s, SERVERS[event.station]);
        s->free++;
        if (s->count) {
            int next = s->queue[s->first];
            s->first = (s->first + 1) % CUSTOMERS;
            s->count--;
            s->free--;
            schedule(next, event.station);
        }
        if (event.station == STATIONS - 1) {
            response += now - began[event.customer];
            began[event.customer] = now;
            operations++;
        }
        arrive(event.customer, (event.station + 1) % STATIONS);
    }
    fprintf(stderr, "mean response %g us of %ld\n", response / operations, operations);
    printf("%ld %g\n", done, (double)(clock() - start) / CLOCKS_PER_SEC);
    return 0;
}
