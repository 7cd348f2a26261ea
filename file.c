% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ------------------
 29.18    0.002888         180        16           nanosleep
 28.20    0.002791         310         9         1 futex
 16.29    0.001612          14       114           rt_sigaction
  5.60    0.000554          14        38           mmap
  4.48    0.000443          16        27           rt_sigprocmask
  2.42    0.000240          60         4           clone3
  2.01    0.000199          18        11           mprotect
  1.22    0.000121          40         3           fcntl
  1.10    0.000109          10        10           sigaltstack
  0.99    0.000098          98         1           write
  0.90    0.000089          17         5           munmap
  0.80    0.000079          79         1           pipe2
  0.67    0.000066          22         3           getrandom
  0.64    0.000063          12         5           gettid
  0.63    0.000062          12         5           set_robust_list
  0.62    0.000061          61         1           epoll_create1
  0.53    0.000052          52         1           tgkill
  0.50    0.000049           9         5           rseq
  0.45    0.000045          15         3         1 newfstatat
  0.38    0.000038          38         1           epoll_ctl
  0.32    0.000032          10         3           brk
  0.32    0.000032          16         2           getpid
  0.29    0.000029           9         3           close
  0.27    0.000027           9         3           openat
  0.19    0.000019           9         2           read
  0.18    0.000018          18         1           madvise
  0.17    0.000017          17         1           getrlimit
  0.17    0.000017          17         1           set_tid_address
  0.16    0.000016          16         1           sched_getaffinity
  0.15    0.000015          15         1           arch_prctl
  0.14    0.000014          14         1           prlimit64
  0.02    0.000002           2         1           rt_sigreturn
  0.00    0.000000           0         2           pread64
  0.00    0.000000           0         1         1 access
  0.00    0.000000           0         1           execve
------ ----------- ----------- --------- --------- ------------------
100.00    0.009897          34       287         3 total
