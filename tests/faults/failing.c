/* Preloaded: from the FAULTS_NTH write of a process on, writes under FAULTS_ROOT fail. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long calls;

static int fails(int fd) {
    const char *root = getenv("FAULTS_ROOT"), *nth = getenv("FAULTS_NTH");
    const char *number = getenv("FAULTS_ERRNO");
    char link[64], path[4096];
    if (!root || !nth || !number) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return 0;
    path[n] = 0;
    if (strncmp(path, root, strlen(root))) return 0;
    if (__sync_add_and_fetch(&calls, 1) < atol(nth)) return 0;
    errno = atoi(number);
    return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
ssize_t write(int fd, const void *b, size_t n) { return fails(fd) ? -1 : REAL(write)(fd, b, n); }
ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { return fails(fd) ? -1 : REAL(pwrite)(fd, b, n, o); }
ssize_t pwrite64(int fd, const void *b, size_t n, off64_t o) { return fails(fd) ? -1 : REAL(pwrite64)(fd, b, n, o); }
ssize_t writev(int fd, const struct iovec *v, int n) { return fails(fd) ? -1 : REAL(writev)(fd, v, n); }
int ftruncate(int fd, off_t n) { return fails(fd) ? -1 : REAL(ftruncate)(fd, n); }
ssize_t sendfile(int to, int from, off_t *o, size_t n) { if (fails(to)) return -1; ssize_t (*real)(int,int,off_t*,size_t) = dlsym(RTLD_NEXT, "sendfile"); return real(to, from, o, n); }
ssize_t copy_file_range(int a, off64_t *i, int b, off64_t *o, size_t n, unsigned f) { return fails(b) ? -1 : REAL(copy_file_range)(a, i, b, o, n, f); }
