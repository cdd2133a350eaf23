package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/lazaret/lazaret/internal/admin"
	"github.com/lazaret/lazaret/policy"
)

// policyEvery is how often the policy file is looked at. It is read whole: a notification
// of the kernel's says nothing of a file that Kubernetes exchanges by a link two folders up,
// nor of one on a network's file system.
const policyEvery = 500 * time.Millisecond

// A policyFile is the file of LAZARET_POLICY, watched. What it held when it last compiled
// is in force, whatever became of it since. The nil policyFile is that of no file.
type policyFile struct {
	path  string
	log   *slog.Logger
	valid prometheus.Gauge

	mu      sync.Mutex    // guards what follows
	rules   *policy.Rules // in force, and their text
	text    string
	taken   [sha256.Size]byte
	pending [sha256.Size]byte // seen once; it is taken when it is seen again, since who writes a file may be half-way
	wrong   error             // of what was last taken
}

// readPolicy reads a policy file, as far as one may be large.
func readPolicy(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	defer f.Close() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, policy.MaxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	return b, nil
}

// readRules compiles a policy file; without a path, the default.
func readRules(path string) (*policy.Rules, error) {
	if path == "" {
		return policy.DefaultRules(), nil
	}
	b, err := readPolicy(path)
	if err != nil {
		return nil, err
	}
	return policy.ParseRules(path, b)
}

// openPolicy reads the policy file of the settings, which must compile, or takes the default.
func (a *app) openPolicy(metrics prometheus.Registerer) (*policy.Rules, error) {
	if a.cfg.Policy == "" {
		return policy.DefaultRules(), nil
	}
	b, err := readPolicy(a.cfg.Policy)
	if err != nil {
		return nil, err
	}
	rules, err := policy.ParseRules(a.cfg.Policy, b)
	if err != nil {
		return nil, err
	}
	f := &policyFile{path: a.cfg.Policy, log: a.log, rules: rules, text: string(b), taken: sha256.Sum256(b), valid: prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: "lazaret", Subsystem: "policy", Name: "file_valid", Help: "1 if what the policy file holds is in force, 0 if it is refused and the one before it stays.",
	})}
	if err := metrics.Register(f.valid); err != nil {
		return nil, fmt.Errorf("register metrics: %w", err)
	}
	f.valid.Set(1)
	a.policy = f
	return rules, nil
}

// run looks at the file every policyEvery, and at once on SIGHUP, until ctx ends. use is
// given what compiles, and says whether it is in force.
func (f *policyFile) run(ctx context.Context, use func(*policy.Rules) error) {
	if f == nil {
		return
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	tick := time.NewTicker(policyEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-hangup:
			f.look(true, use)
		case <-tick.C:
			f.look(false, use)
		}
	}
}

// look reads the file and takes it if it changed: now, or if it is as it was the last time.
func (f *policyFile) look(now bool, use func(*policy.Rules) error) {
	b, err := readPolicy(f.path)
	f.mu.Lock()
	defer f.mu.Unlock()
	sum := sha256.Sum256(b)
	if err != nil {
		sum = sha256.Sum256([]byte(err.Error()))
	}
	settled := now || sum == f.pending
	f.pending = sum
	if sum == f.taken || !settled {
		return
	}
	f.taken = sum
	var rules *policy.Rules
	if err == nil {
		rules, err = policy.ParseRules(f.path, b)
	}
	if err == nil {
		err = use(rules)
	}
	f.wrong = err
	if err != nil {
		f.valid.Set(0)
		f.log.Error("policy refused: the one before it stays in force", "file", f.path, "error", err.Error())
		return
	}
	f.rules, f.text = rules, string(b)
	f.valid.Set(1)
}

// inForce returns the file that is in force, with the policy that current says is in force too.
func (f *policyFile) inForce(current func() *policy.Policy) admin.InForce {
	if f == nil {
		return admin.InForce{Policy: current(), Rules: policy.DefaultRules(), Text: policy.DefaultText()}
	}
	f.mu.Lock() // a policy is exchanged by look, under it
	defer f.mu.Unlock()
	return admin.InForce{Policy: current(), Rules: f.rules, File: f.path, Text: f.text, Refused: f.wrong}
}

var errPolicyRefused = errors.New("the policy file is not in force")

// ready reports whether what the file holds is in force.
func (f *policyFile) ready(context.Context) error {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.wrong != nil {
		return errPolicyRefused
	}
	return nil
}

// warnOfVars logs the variables of registries that a policy asks for and no registry has.
func (a *app) warnOfVars(p *policy.Policy) {
	if unknown := p.UnknownVars(); len(unknown) > 0 {
		a.log.Warn("the policy asks for variables that no registry has", "file", a.cfg.Policy, "variables", strings.Join(unknown, ","))
	}
}

// usePolicy puts rules in force.
func (a *app) usePolicy(rules *policy.Rules) error {
	p, err := policyOf(a.cfg, policy.Mode(a.cfg.Mode), rules, a.feeds)
	if err != nil {
		return err
	}
	a.warnOfVars(p)
	a.server.UsePolicy(p)
	a.watch.Ask()
	a.log.Info("policy in force", "file", a.cfg.Policy, "revision", p.Revision(), "rules", len(rules.All()), "mode", string(p.Mode()))
	return nil
}
