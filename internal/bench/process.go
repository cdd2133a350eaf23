package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// A system is one of the two that are measured.
type system struct {
	name string
	// command makes the process that serves at addr from what is in dir, before the hub.
	command func(ctx context.Context, dir, addr, hub string, s scenario) (*exec.Cmd, error)
}

// The systems' names.
const (
	lazaret      = "Lazaret"
	distribution = "distribution"
)

// lazaretSystem is `lazaret serve` with its defaults, but for the wait at the manifest,
// which a scenario says.
func lazaretSystem(binary string) system {
	return system{lazaret, func(ctx context.Context, dir, addr, hub string, s scenario) (*exec.Cmd, error) {
		cmd := exec.CommandContext(ctx, binary, "serve")
		cmd.Env = []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + dir,
			"LAZARET_ADDR=" + addr, "LAZARET_ADMIN_ADDR=127.0.0.1:0", "LAZARET_UPSTREAM=" + hub,
		}
		if !s.manifestWait {
			cmd.Env = append(cmd.Env, "LAZARET_MANIFEST_WAIT=0s")
		}
		return cmd, nil
	}}
}

// distributionConfig is what distribution's own example has (cmd/registry/config-example.yml),
// without authentication, and with a proxy.
const distributionConfig = `version: 0.1
storage:
  cache:
    blobdescriptor: inmemory
  filesystem:
    rootdirectory: %s
  tag:
    concurrencylimit: 8
http:
  addr: %s
proxy:
  remoteurl: %s
health:
  storagedriver:
    enabled: true
    interval: 10s
    threshold: 3
`

// distributionSystem is distribution's pull-through: our small main over its handlers,
// or, with "serve" among the arguments, the registry command itself.
func distributionSystem(binary string, args ...string) system {
	return system{distribution, func(ctx context.Context, dir, addr, hub string, _ scenario) (*exec.Cmd, error) {
		path := filepath.Join(dir, "config.yml")
		content := fmt.Sprintf(distributionConfig, strconv.Quote(filepath.Join(dir, "store")), addr, hub)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			return nil, fmt.Errorf("configure distribution: %w", err)
		}
		return exec.CommandContext(ctx, binary, append(args, path)...), nil
	}}
}

// A server is a system's process.
type server struct {
	url   string
	cmd   *exec.Cmd
	log   string // path of what it writes
	ended chan struct{}
}

// Bounds of waiting for a process.
const (
	startTimeout  = 30 * time.Second
	settleTimeout = 10 * time.Second
	stopTimeout   = 40 * time.Second // more than Lazaret's own bound on its drain
)

// startServer starts a system over dir, and waits until it answers.
func startServer(ctx context.Context, sys system, dir, hub string, s scenario) (*server, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("start %s: %w", sys.name, err)
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", sys.name, err)
	}
	cmd, err := sys.command(ctx, dir, addr, hub, s)
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", sys.name, err)
	}
	defer log.Close()
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTimeout
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", sys.name, err)
	}
	p := &server{url: "http://" + addr, cmd: cmd, log: log.Name(), ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // it is ended by a signal, and how that shows differs
		close(p.ended)
	}()
	if err := p.ready(ctx); err != nil {
		p.stop()
		return nil, fmt.Errorf("start %s: %w; its log ends: %s", sys.name, err, p.lastWords())
	}
	return p, nil
}

// freeAddress returns an address of loopback that was free just now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// ready waits until the registry API answers.
func (p *server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/v2/", nil)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-p.ended:
			return fmt.Errorf("it has ended")
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// cpu is the CPU time that all of the process's threads, past ones included, have used.
// The clock of another process is named by its id: see clock_getcpuclockid(3), and
// MAKE_PROCESS_CPUCLOCK with CPUCLOCK_SCHED in Linux's posix-timers_types.h.
func (p *server) cpu() (time.Duration, error) {
	const sched = 2
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^p.cmd.Process.Pid)<<3|sched, &ts); err != nil {
		return 0, fmt.Errorf("read CPU time: %w", err)
	}
	return time.Duration(ts.Nano()), nil
}

// settled returns the CPU time once the process has nothing more to do: what a system
// does behind its clients' last byte is counted too.
func (p *server) settled(ctx context.Context) (time.Duration, error) {
	const still, pause = 4, 25 * time.Millisecond
	last, err := p.cpu()
	if err != nil {
		return 0, err
	}
	for quiet, deadline := 0, time.Now().Add(settleTimeout); quiet < still; {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(pause):
		}
		now, err := p.cpu()
		if err != nil {
			return 0, err
		}
		quiet++
		if now-last > time.Millisecond {
			quiet = 0
		}
		if last = now; time.Now().After(deadline) {
			break
		}
	}
	return last, nil
}

// stop ends the process, and kills it if it takes too long.
func (p *server) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		_ = p.cmd.Process.Kill() // it may have ended just now
		<-p.ended
	}
}

// lastWords is the end of the process's log.
func (p *server) lastWords() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(b[max(0, len(b)-2000):]))
}
