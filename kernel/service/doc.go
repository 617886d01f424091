// Package service is a kernel that runs in a process of its own: a kernel.Kernel
// with the sockets on which clients reach it, debuggers that attach to its sessions,
// metrics, signals, and an orderly end.
//
// Run does it all. What is in the run folder and how the process is started is
// kernel/daemon's business, what is spoken on the sockets kernel/rpc's and dap's.
package service
