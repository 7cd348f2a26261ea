% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ------------------
 60.38    0.001806         200         9           futex
 28.45    0.000851          25        34           nanosleep
  2.41    0.000072          72         1           epoll_create1
  2.11    0.000063          21         3           getrandom
  1.84    0.000055          18         3           fcntl
  1.14    0.000034          34         1           pipe2
  0.97    0.000029          29         1           write
  0.94    0.000028           0        40           mmap
  0.84    0.000025           8         3           getpid
  0.47    0.000014          14         1           getrlimit
  0.47    0.000014           4         3         1 newfstatat
  0.00    0.000000           0         2           read
  0.00    0.000000           0         3           close
  0.00    0.000000           0        13           mprotect
  0.00    0.000000           0         5           munmap
  0.00    0.000000           0         3           brk
  0.00    0.000000           0       114           rt_sigaction
  0.00    0.000000           0        33           rt_sigprocmask
  0.00    0.000000           0         2           rt_sigreturn
  0.00    0.000000           0         2           pread64
  0.00    0.000000           0         1         1 access
  0.00    0.000000           0         1           madvise
  0.00    0.000000           0         1           execve
  0.00    0.000000           0        12           sigaltstack
  0.00    0.000000           0         1           arch_prctl
  0.00    0.000000           0         6           gettid
  0.00    0.000000           0         1           sched_getaffinity
  0.00    0.000000           0         1           set_tid_address
  0.00    0.000000           0         2           tgkill
  0.00    0.000000           0         3           openat
  0.00    0.000000           0         6           set_robust_list
  0.00    0.000000           0         1           prlimit64
  0.00    0.000000           0         6           rseq
  0.00    0.000000           0         5           clone3
------ ----------- ----------- --------- --------- ------------------
100.00    0.002991           9       323         2 total
