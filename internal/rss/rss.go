// Package rss tells how much memory a process has held, for benchmarks and tests of bounds.
package rss

import (
	"fmt"
	"os"
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
