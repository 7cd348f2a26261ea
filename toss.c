% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ------------------
  0.00    0.000000           0         2           read
  0.00    0.000000           0         1           write
  0.00    0.000000           0         3           close
  0.00    0.000000           0        40           mmap
  0.00    0.000000           0        13           mprotect
  0.00    0.000000           0         5           munmap
  0.00    0.000000           0         3           brk
  0.00    0.000000           0       114           rt_sigaction
  0.00    0.000000           0        33           rt_sigprocmask
  0.00    0.000000           0         2           pread64
  0.00    0.000000           0         1         1 access
  0.00    0.000000           0         1           madvise
  0.00    0.000000           0        18           nanosleep
  0.00    0.000000           0         1           getpid
  0.00    0.000000           0         1           execve
  0.00    0.000000           0         3           fcntl
  0.00    0.000000           0         1           getrlimit
  0.00    0.000000           0        12           sigaltstack
  0.00    0.000000           0         1           arch_prctl
  0.00    0.000000           0         6           gettid
  0.00    0.000000           0         5           futex
  0.00    0.000000           0         1           sched_getaffinity
  0.00    0.000000           0         1           set_tid_address
  0.00    0.000000           0         1           epoll_ctl
  0.00    0.000000           0         3           openat
  0.00    0.000000           0         3         1 newfstatat
  0.00    0.000000           0         6           set_robust_list
  0.00    0.000000           0         1           epoll_create1
  0.00    0.000000           0         1           pipe2
  0.00    0.000000           0         1           prlimit64
  0.00    0.000000           0         3           getrandom
  0.00    0.000000           0         6           rseq
  0.00    0.000000           0         5           clone3
------ ----------- ----------- --------- --------- ------------------
100.00    0.000000           0       298         2 total
