/* A time of day that jumps by a year, back and forth, every so many calls; see
   test_clock_jumps.py. Loaded before the C library (LD_PRELOAD). Clocks that measure durations are
   left alone. */
#define _GNU_SOURCE
#include <sys/time.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const long year = 365L * 24 * 3600;

static long jump(void) {
    static unsigned calls;
    unsigned turn = __atomic_fetch_add(&calls, 1, __ATOMIC_RELAXED) / 7 + getpid();
    return turn % 3 == 0 ? 0 : turn % 3 == 1 ? year : -year;
}

int clock_gettime(clockid_t clock, struct timespec *found) {
    int status = syscall(SYS_clock_gettime, clock, found);
    if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        found->tv_sec += jump();
    return status;
}

int gettimeofday(struct timeval *restrict found, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &exact);
    found->tv_sec = exact.tv_sec;
    found->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *found) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (found) *found = exact.tv_sec;
    return exact.tv_sec;
}
