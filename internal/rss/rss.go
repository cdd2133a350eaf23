// Package rss bounds how much memory a process holds, and tells how much it has, for benchmarks
// and tests of bounds.
package rss

import (
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
)

// Peak is the largest resident set that a process that runs has had, in bytes: VmHWM of
// proc_pid_status(5), which is in kB of 1,024 bytes. What wait(2) tells of a process is no
// use for that: it counts the memory of whoever started it.
func Peak(pid int) (int64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read peak memory: %w", err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			if err != nil {
				return 0, fmt.Errorf("read peak memory: %w", err)
			}
			return kb << 10, nil
		}
	}
	return 0, fmt.Errorf("read peak memory: no VmHWM")
}

// growth is by how much the heap may grow between collections, in per cent of what lives.
const growth = 40

// Spare has the collector run when the heap has grown by two fifths, not when it has doubled, unless
// GOGC says how it is to be (https://pkg.go.dev/runtime#hdr-Environment_Variables). What lives
// is mostly the rules, tens of megabytes that never change; inspection uses its memory again,
// so collections are few.
func Spare() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(growth)
	}
}
