/* The network in C: a heap of events, queues, exponential service, and the integrals of busy servers and of visits
   present at each station. The network is compiled in: STATIONS, COUNTS (servers), MEANS, POPULATION or EVERY (mean
   time between arrivals). Argument: simulated time. Prints the customers that went through, and their mean response. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { OPEN = POPULATION == 0, SIZE = OPEN ? 4096 : POPULATION, ARRIVAL = -1 };
static const double MEAN[STATIONS] = {MEANS};
static const int SERVERS[STATIONS] = {COUNTS};

typedef struct { double at; uint64_t order; int customer, station; } Event;
typedef struct { int free, first, count, queue[SIZE]; double since, busy, present; } Station;

static Event heap[SIZE + 2];
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

static void schedule(double mean, int customer, int station) {
    Event event = {now - mean * log(uniform()), order++, customer, station};
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
        schedule(MEAN[n], customer, n);
    } else {
        if (s->count == SIZE) abort();
        s->queue[(s->first + s->count++) % SIZE] = customer;
    }
}

int main(int count, char **words) {
    static double began[SIZE];
    double until = count > 1 ? atof(words[1]) : 1e6, response = 0.0;
    long done = 0, arrived = 0;
    for (int n = 0; n < STATIONS; n++) stations[n].free = SERVERS[n];
    for (int n = 0; n < POPULATION; n++) arrive(n, 0);
    if (OPEN) schedule(EVERY, 0, ARRIVAL);
    while (heap[0].at <= until) {
        Event event = pop();
        now = event.at;
        if (OPEN && event.station == ARRIVAL) {
            schedule(EVERY, 0, ARRIVAL);
            event.customer = arrived++ % SIZE;
            began[event.customer] = now;
            arrive(event.customer, 0);
            continue;
        }
        Station *s = &stations[event.station];
        settle(s, SERVERS[event.station]);
        s->free++;
        if (s->count) {
            int next = s->queue[s->first];
            s->first = (s->first + 1) % SIZE;
            s->count--;
            s->free--;
            schedule(MEAN[event.station], next, event.station);
        }
        if (event.station < STATIONS - 1) {
            arrive(event.customer, event.station + 1);
            continue;
        }
        response += now - began[event.customer];
        began[event.customer] = now;
        done++;
        if (!OPEN) arrive(event.customer, 0);
    }
    printf("%ld %.17g\n", done, response / done);
    return 0;
}
