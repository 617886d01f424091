//go:build unix

package kernel

// shell is the program that runs the commands of io.popen and os.execute.
const shell = "sh"
