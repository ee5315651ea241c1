/* Loaded before libc (LD_PRELOAD): writes down, in order, what a process does to the files below
   a folder ($UNSYNCED_FOLDER) into a journal ($UNSYNCED_JOURNAL), or kills it at the n-th such
   deed ($UNSYNCED_KILL). tests/faults/power.py reads the journal. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int deeds;

static int is_below(const char *path)
{
    const char *folder = getenv("UNSYNCED_FOLDER");
    return folder && !strncmp(path, folder, strlen(folder));
}

/* Fills in the path of a descriptor; 0 where it is none of ours, or has no name any more. */
static int find(int fd, char *path)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return is_below(path) && !strstr(path, " (deleted)");
}

/* Fills in the path of a name in an open folder; 0 where it is not below ours. */
static int find_in(int folder, const char *name, char *path)
{
    if (folder == AT_FDCWD || *name == '/')
        return is_below(strncpy(path, name, PATH_MAX - 1));
    if (!find(folder, path))
        return 0;
    size_t used = strlen(path);
    return (size_t)snprintf(path + used, PATH_MAX - used, "/%s", name) < PATH_MAX - used;
}

/* One deed: a line, and as many bytes as it says. */
static void note(char what, const char *path, long long at, const void *data, size_t length)
{
    const char *journal = getenv("UNSYNCED_JOURNAL"), *last = getenv("UNSYNCED_KILL");
    if (last && ++deeds == atoi(last))
        raise(SIGKILL);
    if (!journal)
        return;
    char head[PATH_MAX + 64];
    int used = snprintf(head, sizeof head, "%c %lld %zu %s\n", what, at, length, path);
    struct iovec parts[2] = {{head, used}, {(void *)data, length}};
    int fd = REAL(open)(journal, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (REAL(writev)(fd, parts, 2) != (ssize_t)(used + length))
        abort();
    close(fd);
}

static void synced(int fd, const char *path)
{
    if (fcntl(fd, F_GETFL) & O_DSYNC)
        note('S', path, 0, "", 0);
}

ssize_t pwrite(int fd, const void *data, size_t length, off_t at)
{
    char path[PATH_MAX];
    int ours = find(fd, path);
    if (ours)
        note('W', path, at, data, length);
    ssize_t done = REAL(pwrite)(fd, data, length, at);
    if (ours)
        synced(fd, path);
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t length, off_t at)
{
    return pwrite(fd, data, length, at);
}

ssize_t write(int fd, const void *data, size_t length)
{
    char path[PATH_MAX];
    int ours = find(fd, path);
    if (ours)
        note('W', path, lseek(fd, 0, fcntl(fd, F_GETFL) & O_APPEND ? SEEK_END : SEEK_CUR), data,
             length);
    ssize_t done = REAL(write)(fd, data, length);
    if (ours)
        synced(fd, path);
    return done;
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    char path[PATH_MAX];
    int ours = find(fd, path);
    off_t at = ours ? lseek(fd, 0, SEEK_CUR) : 0;
    for (int i = 0; ours && i < count; at += parts[i++].iov_len)
        note('W', path, at, parts[i].iov_base, parts[i].iov_len);
    ssize_t done = REAL(writev)(fd, parts, count);
    if (ours)
        synced(fd, path);
    return done;
}

int ftruncate(int fd, off_t length)
{
    char path[PATH_MAX];
    if (find(fd, path))
        note('T', path, length, "", 0);
    return REAL(ftruncate)(fd, length);
}

int ftruncate64(int fd, off_t length)
{
    return ftruncate(fd, length);
}

int fsync(int fd)
{
    char path[PATH_MAX];
    int done = REAL(fsync)(fd);
    if (find(fd, path))
        note('S', path, 0, "", 0);
    return done;
}

int fdatasync(int fd)
{
    char path[PATH_MAX];
    int done = REAL(fdatasync)(fd);
    if (find(fd, path))
        note('S', path, 0, "", 0);
    return done;
}

int rename(const char *old, const char *new)
{
    if (is_below(new))
        note('R', old, 0, new, strlen(new));
    return REAL(rename)(old, new);
}

int unlink(const char *path)
{
    if (is_below(path))
        note('U', path, 0, "", 0);
    return REAL(unlink)(path);
}

int renameat(int from, const char *old, int to, const char *new)
{
    char path[PATH_MAX] = "", name[PATH_MAX] = "";
    find_in(from, old, path);
    if (find_in(to, new, name))
        note('R', path, 0, name, strlen(name));
    return REAL(renameat)(from, old, to, new);
}

int unlinkat(int folder, const char *name, int flags)
{
    char path[PATH_MAX] = "";
    if (!(flags & AT_REMOVEDIR) && find_in(folder, name, path))
        note('U', path, 0, "", 0);
    return REAL(unlinkat)(folder, name, flags);
}

int openat(int folder, const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    char path[PATH_MAX] = "";
    if ((flags & O_CREAT) && find_in(folder, name, path) && access(path, F_OK))
        note('C', path, 0, "", 0);
    return REAL(openat)(folder, name, flags, mode);
}

int openat64(int folder, const char *name, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return openat(folder, name, flags, mode);
}

int open(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    if ((flags & O_CREAT) && is_below(path) && access(path, F_OK))
        note('C', path, 0, "", 0);
    return REAL(open)(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;
    va_end(rest);
    return open(path, flags, mode);
}
