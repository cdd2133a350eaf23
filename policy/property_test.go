package policy_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lazaret/lazaret/inspect"
	"github.com/lazaret/lazaret/internal/oci"
	"github.com/lazaret/lazaret/policy"
)

// seed makes the cases of each property; with a case's number it makes that case again.
const seed = 20261124

// A generator makes questions out of few words, so that rules, exceptions and
// findings meet often.
type generator struct{ *rand.Rand }

func pick[T any](g generator, of ...T) T { return of[g.IntN(len(of))] }

// some returns none to three values.
func some[T any](g generator, one func() T) []T {
	var out []T
	for range g.IntN(4) {
		out = append(out, one())
	}
	return out
}

func (g generator) digest() oci.Digest {
	return pick(g, oci.DigestOf([]byte("a")), oci.DigestOf([]byte("b")), oci.DigestOf([]byte("c")), oci.DigestOf([]byte("d")))
}

func (g generator) level() inspect.Level { return inspect.Level(g.IntN(5) - 1) } // one too low, too

func (g generator) category() inspect.Category {
	return pick(g, inspect.Miner, inspect.Secret, inspect.Backdoor, inspect.Malware, inspect.Typosquat, inspect.Uninspectable, inspect.ProxyAvoidance, "other")
}

func (g generator) finding() inspect.Finding {
	return inspect.Finding{
		Rule:     pick(g, "r/1", "miner/mention", "miner/binary", "sshkey/keys-elsewhere", "proxyavoid/tool", "engine/packed"),
		Category: g.category(), Severity: g.level(), Confidence: g.level(),
		Layer: g.digest(), Path: pick(g, "", "etc/x", "opt/y", "usr/bin/tor", "config:env"), Line: g.IntN(2), Offset: g.Int64N(2), Evidence: pick(g, "", "e"),
	}
}

func (g generator) report() inspect.Report {
	r := inspect.Report{Digest: g.digest(), Kind: pick(g, inspect.KindLayer, inspect.KindConfig, inspect.KindManifest)}
	r.Findings = some(g, g.finding)
	if g.IntN(4) == 0 {
		r.Gaps = []inspect.Gap{{Path: pick(g, "", "etc/x"), Why: pick(g, "limit", "damage")}}
	}
	for range g.IntN(3) {
		r.Scripts = append(r.Scripts, inspect.Script{Path: pick(g, "opt/y", "etc/x", "usr/bin/z"), Runs: []string{pick(g, "/usr/bin/z", "/opt/y", "./x")}})
	}
	if r.Kind == inspect.KindConfig {
		r.Config = &inspect.ImageConfig{
			History: some(g, func() string { return pick(g, "RUN a", "COPY b") }),
			Cmd:     some(g, func() string { return pick(g, "tor", "/opt/y", "sshd", "bash", "-c") }),
		}
	}
	return r
}

func (g generator) subject() policy.Subject {
	return policy.Subject{
		Image: policy.Image{
			Reference: oci.Reference{Repository: pick(g, "a/b", "a/c", "library/x")},
			Digest:    pick(g, "", g.digest()), Config: pick(g, "", g.digest()), Layers: some(g, g.digest),
			Indexes: some(g, g.digest), Tags: some(g, func() string { return pick(g, "1", "2") }),
		},
		Client: policy.Client{Address: pick(g, "", "192.0.2.7", "::ffff:192.0.2.7", "2001:db8::1", "ada")},
		At:     pick(g, time.Time{}, noon),
	}
}

func (g generator) exception() policy.Exception {
	return policy.Exception{
		Repository: pick(g, "", "a/b", "a/*", "[", "*/*"), Digest: pick(g, "", g.digest()), Rule: pick(g, "", "r/1", "miner/mention", "miner/binary", "correlation/miner-and-pool", "correlation/planted-key-served"),
		Tag: pick(g, "", "", "1"), Client: pick(g, "", "", "192.0.2.0/24", "2001:db8::1", "ada", "["),
		Fingerprint: pick(g, "", "", (&inspect.Finding{Rule: "miner/binary", Path: "opt/y", Evidence: "e"}).Fingerprint()),
		Path:        pick(g, "", "etc/*", "*", "usr/bin/*"), Expires: pick(g, time.Time{}, noon.Add(time.Hour), noon.Add(-time.Hour)),
	}
}

// conditions are such as administrators write; those in front may stand in any rule, the
// others in rules that refuse or warn, and in rules that allow.
var conditions = struct{ any, rising, falling []string }{
	any: []string{
		`finding.category == "miner"`, `finding.category in ["secret", "backdoor"] && finding.confidence >= medium`, `finding.severity >= high || finding.path.startsWith("opt/")`,
		`finding.rule.glob("miner/*")`, `finding.confidence >= low`, `finding.category == "secret" && image.created < timestamp("2020-01-01T00:00:00Z")`, `finding.path.matches("^etc/.*$")`,
		`image.repository == "a/b"`, `client.address.inNetwork("192.0.2.0/24")`, `now - image.firstSeen < duration("24h")`, `image.config.user == ""`, `"ci" in client.groups`,
		`has(image.created) && now - image.created > duration("8760h")`, `image.size > 100`, `image.digest.endsWith("0")`, `finding.layer == image.digest`,
	},
	rising: []string{
		`findings.exists(f, f.category == "miner")`, `findings.filter(f, f.category == "secret").size() >= 2 && image.namespace == "a"`, `!findings.all(f, f.confidence < high)`, `findings.exists(f, f.path == "opt/y") && image.config.user == ""`,
	},
	falling: []string{
		`image.namespace == "a" && !findings.exists(f, f.category == "miner")`, `size(findings) < 2`, `findings.all(f, f.confidence == low) || image.official`,
	},
}

// rules makes a policy file.
func (g generator) rules() string {
	var b strings.Builder
	for i := range 1 + g.IntN(4) {
		action := pick(g, "allow", "warn", "quarantine", "block")
		when := conditions.any
		if g.IntN(4) == 0 {
			when = conditions.rising
			if action == "allow" {
				when = conditions.falling
			}
		}
		fmt.Fprintf(&b, "  - {name: r%d, action: %s, when: '%s'", i, action, pick(g, when...))
		if g.IntN(5) == 0 && action != "allow" && action != "warn" {
			b.WriteString(", mode: audit")
		}
		b.WriteString("}\n")
	}
	return "clients: [{name: ada, networks: [192.0.2.7], groups: [ci]}]\nrules:\n" + b.String()
}

// A question is all that Decide depends on.
type question struct {
	file    string // "": the default
	names   names
	subject policy.Subject
	reports []inspect.Report
	ex      []policy.Exception
}

func (g generator) question() question {
	q := question{subject: g.subject(), reports: some(g, g.report), ex: some(g, g.exception)}
	if g.IntN(2) == 0 {
		// One of few files, since compiling one takes longer than asking.
		q.file = generator{rand.New(rand.NewPCG(seed, g.Uint64N(200)))}.rules()
	}
	if g.IntN(2) == 0 { // evidence that fits
		for _, d := range q.subject.Image.Blobs() {
			r := g.report()
			r.Digest = d
			q.reports = append(q.reports, r)
		}
	}
	if g.IntN(4) == 0 {
		q.names = names{"a/b": {g.finding()}}
	}
	return q
}

func (q question) ask(t *testing.T, mode policy.Mode) policy.Verdict {
	t.Helper()
	return q.policy(t, mode).Decide(q.subject, policy.Evidence{Reports: q.reports}, q.ex)
}

// policy compiles the file; once, for what asks the same again.
func (q question) policy(t *testing.T, mode policy.Mode) *policy.Policy {
	t.Helper()
	rules := policy.DefaultRules()
	if q.file != "" {
		text, err := compiled(q.file)
		if err != nil {
			t.Fatalf("%v in\n%s", err, q.file)
		}
		rules = text
	}
	p, err := policy.New(policy.Config{Mode: mode, Rules: rules, Names: q.names})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// compiled remembers what it has compiled, by text.
var compiled = func() func(string) (*policy.Rules, error) {
	known := map[string]*policy.Rules{}
	return func(text string) (*policy.Rules, error) {
		if r, ok := known[text]; ok {
			return r, nil
		}
		r, err := policy.ParseRules("test.yaml", []byte(text))
		if err == nil {
			known[text] = r
		}
		return r, err
	}
}()

// audited reports whether a rule of the file is in mode audit.
func (q question) audited() bool { return strings.Contains(q.file, "mode: audit") }

// forAll asks whether a property holds for many questions, in every mode.
func forAll(t *testing.T, holds func(t *testing.T, g generator, mode policy.Mode, q question) error) {
	t.Helper()
	for i := range uint64(1000) {
		g := generator{rand.New(rand.NewPCG(seed, i))}
		q := g.question()
		for _, mode := range []policy.Mode{policy.Enforce, policy.Hold, policy.Audit} {
			if err := holds(t, g, mode, q); err != nil {
				t.Fatalf("seed %d, case %d, mode %s: %v\n%+v", seed, i, mode, err, q)
			}
		}
	}
}

func TestAnExceptionNeverRefusesMore(t *testing.T) {
	forAll(t, func(t *testing.T, g generator, mode policy.Mode, q question) error {
		before := q.ask(t, mode)
		extra := g.exception()
		q.ex = append(q.ex[:len(q.ex):len(q.ex)], extra)
		after := q.ask(t, mode)
		if after.Action < before.Action || after.Judged < before.Judged {
			return fmt.Errorf("%s becomes %s (judged %s, %s) by %+v", before.Action, after.Action, before.Judged, after.Judged, extra)
		}
		return nil
	})
}

func TestNothingAddedToTheEvidenceIsMilder(t *testing.T) {
	forAll(t, func(t *testing.T, g generator, mode policy.Mode, q question) error {
		if len(q.reports) == 0 {
			return nil
		}
		before := q.ask(t, mode)
		q.reports = slices.Clone(q.reports)
		i := g.IntN(len(q.reports))
		q.reports[i].Findings = append(q.reports[i].Findings[:len(q.reports[i].Findings):len(q.reports[i].Findings)], g.finding())
		if after := q.ask(t, mode); after.Action > before.Action || after.Judged > before.Judged {
			return fmt.Errorf("one more finding turns %s into %s", before.Judged, after.Judged)
		}
		return nil
	})
}

// A report that was missing, and with it a config, brings no milder verdict either.
func TestNoReportAddedIsMilder(t *testing.T) {
	forAll(t, func(t *testing.T, g generator, mode policy.Mode, q question) error {
		before := q.ask(t, mode)
		q.reports = append(slices.Clone(q.reports), g.report())
		after := q.ask(t, mode)
		if before.Judged.Refuses() && after.Judged > before.Judged || after.Judged == policy.Allow && len(before.Reasons) > len(after.Reasons) {
			return fmt.Errorf("one more report turns %s into %s", before.Judged, after.Judged)
		}
		return nil
	})
}

// The questions are such that correlation has a part in the answers.
func TestQuestionsCorrelate(t *testing.T) {
	derived := 0
	forAll(t, func(t *testing.T, _ generator, mode policy.Mode, q question) error {
		for _, f := range q.ask(t, mode).Found {
			if strings.HasPrefix(f.Rule, "correlation/") {
				derived++
			}
		}
		return nil
	})
	if derived < 300 {
		t.Errorf("%d derived findings in all", derived)
	}
}

func TestTheSameQuestionHasOneAnswer(t *testing.T) {
	forAll(t, func(t *testing.T, g generator, mode policy.Mode, q question) error {
		first := q.ask(t, mode)
		if diff := cmp.Diff(first, q.ask(t, mode)); diff != "" {
			return fmt.Errorf("asked twice: %s", diff)
		}
		q.reports, q.ex = slices.Clone(q.reports), slices.Clone(q.ex)
		g.Shuffle(len(q.reports), func(i, j int) { q.reports[i], q.reports[j] = q.reports[j], q.reports[i] })
		g.Shuffle(len(q.ex), func(i, j int) { q.ex[i], q.ex[j] = q.ex[j], q.ex[i] })
		if diff := cmp.Diff(first, q.ask(t, mode)); diff != "" {
			return fmt.Errorf("in another order: %s", diff)
		}
		return nil
	})
}

// Nor does it matter to what is done in which order a report lists what was found. To what is said
// it does, a little: reasons that are as bad as each other come in that order, and what findings
// prove together is told of the first of them.
func TestTheOrderOfFindingsDecidesNothing(t *testing.T) {
	type answer struct {
		Action, Judged policy.Action
		Missing        []oci.Digest
		Reasons        []string // the rule that minds it, and of which rule the finding is
	}
	answerOf := func(v policy.Verdict) answer {
		a := answer{Action: v.Action, Judged: v.Judged, Missing: v.Missing}
		for _, r := range v.Reasons {
			a.Reasons = append(a.Reasons, r.Rule+" "+r.Finding.Rule)
		}
		slices.Sort(a.Reasons)
		return a
	}
	shuffled := 0
	forAll(t, func(t *testing.T, g generator, mode policy.Mode, q question) error {
		first := answerOf(q.ask(t, mode))
		q.reports = slices.Clone(q.reports)
		for i := range q.reports {
			f := slices.Clone(q.reports[i].Findings)
			g.Shuffle(len(f), func(i, j int) { f[i], f[j] = f[j], f[i] })
			q.reports[i].Findings = f
			shuffled += max(0, len(f)-1)
		}
		if diff := cmp.Diff(first, answerOf(q.ask(t, mode))); diff != "" {
			return fmt.Errorf("with findings in another order: %s", diff)
		}
		return nil
	})
	if shuffled < 1000 {
		t.Errorf("%d findings had another to change places with", shuffled)
	}
}

func TestDecideChangesNothingItIsGiven(t *testing.T) {
	forAll(t, func(t *testing.T, _ generator, mode policy.Mode, q question) error {
		before := fmt.Sprintf("%+v", q)
		q.ask(t, mode)
		if after := fmt.Sprintf("%+v", q); after != before {
			return fmt.Errorf("became %s", after)
		}
		return nil
	})
}

func TestMissingEvidenceNeverAllows(t *testing.T) {
	forAll(t, func(t *testing.T, _ generator, mode policy.Mode, q question) error {
		v := q.ask(t, mode)
		reported := func(d oci.Digest) bool {
			return slices.ContainsFunc(q.reports, func(r inspect.Report) bool { return r.Digest == d })
		}
		var missing []oci.Digest
		for _, d := range q.subject.Image.Blobs() {
			if !reported(d) {
				missing = append(missing, d)
			}
		}
		if diff := cmp.Diff(missing, v.Missing); diff != "" {
			return fmt.Errorf("Missing: %s", diff)
		}
		if len(missing) > 0 && (v.Action == policy.Allow || v.Judged == policy.Allow) {
			return fmt.Errorf("%s, judged %s, without reports on %v", v.Action, v.Judged, missing)
		}
		if len(missing) == 0 && (v.Action == policy.Wait || v.Action == policy.Stream) {
			return fmt.Errorf("%s with nothing missing", v.Action)
		}
		return nil
	})
}

func TestAReportOnAnotherDigestChangesNothing(t *testing.T) {
	forAll(t, func(t *testing.T, g generator, mode policy.Mode, q question) error {
		before := q.ask(t, mode)
		stray := g.report()
		stray.Digest = pick(g, oci.DigestOf([]byte("elsewhere")), "")
		at := g.IntN(len(q.reports) + 1)
		q.reports = slices.Insert(slices.Clone(q.reports), at, stray)
		if diff := cmp.Diff(before, q.ask(t, mode)); diff != "" {
			return fmt.Errorf("(-before +after) %s", diff)
		}
		return nil
	})
}

func TestModes(t *testing.T) {
	forAll(t, func(t *testing.T, _ generator, mode policy.Mode, q question) error {
		v, enforce := q.ask(t, mode), q.ask(t, policy.Enforce)
		if v.Action < v.Judged {
			return fmt.Errorf("%s answers %s, which is stricter than %s", mode, v.Action, v.Judged)
		}
		switch mode {
		case policy.Audit:
			if v.Action.Refuses() || v.Action == policy.Wait {
				return fmt.Errorf("audit answers %s", v.Action)
			}
			if v.Judged != enforce.Judged {
				return fmt.Errorf("audit judges %s where enforce judges %s", v.Judged, enforce.Judged)
			}
		case policy.Hold:
			if v.Action == policy.Stream || v.Action.Refuses() != enforce.Action.Refuses() || v.Action != v.Judged && !q.audited() {
				return fmt.Errorf("hold answers %s where enforce answers %s", v.Action, enforce.Action)
			}
		case policy.Enforce:
			if v.Action == policy.Wait || v.Action != v.Judged && !q.audited() {
				return fmt.Errorf("enforce answers %s, judged %s", v.Action, v.Judged)
			}
		}
		return nil
	})
}

func TestVerdictsSayWhy(t *testing.T) {
	forAll(t, func(t *testing.T, _ generator, mode policy.Mode, q question) error {
		v := q.ask(t, mode)
		var enforced, all []policy.Action
		for _, r := range v.Reasons {
			all = append(all, r.Action)
			if !r.Audit {
				enforced = append(enforced, r.Action)
			}
			if !slices.Contains(v.Found, r.Finding) {
				return fmt.Errorf("a reason is not among what was found: %+v", r)
			}
		}
		if v.Judged.Refuses() && (len(all) == 0 || slices.Min(all) != v.Judged) {
			return fmt.Errorf("judged %s for %+v", v.Judged, v.Reasons)
		}
		if v.Action.Refuses() && (v.Reasons[0].Audit || v.Reasons[0].Action != v.Action) {
			return fmt.Errorf("%s for %+v", v.Action, v.Reasons[0])
		}
		if !slices.IsSorted(enforced) {
			return fmt.Errorf("the worst reason is not first: %+v", v.Reasons)
		}
		return nil
	})
}

// A rule with a stricter action, a rule more that refuses, and a rule fewer that allows
// never allow more.
func TestAStricterRuleNeverAllowsMore(t *testing.T) {
	compared := 0
	forAll(t, func(t *testing.T, g generator, mode policy.Mode, q question) error {
		if q.file == "" {
			return nil
		}
		before := q.ask(t, mode)
		head, rules, _ := strings.Cut(q.file, "rules:\n")
		lines := strings.SplitAfter(strings.TrimSuffix(rules, "\n"), "\n")
		for i, line := range lines {
			for _, change := range [][2]string{{"allow", "warn"}, {"allow", "block"}, {"warn", "quarantine"}, {"quarantine", "block"}, {", mode: audit", ""}} {
				harder := slices.Clone(lines)
				harder[i] = strings.Replace(line, change[0], change[1], 1)
				if harder[i] == line {
					continue
				}
				q := q
				q.file = head + "rules:\n" + strings.Join(harder, "")
				if _, err := compiled(q.file); err != nil {
					continue // what allows by findings may not refuse by them
				}
				compared++
				if after := q.ask(t, mode); after.Action > before.Action || after.Judged > before.Judged {
					return fmt.Errorf("%s (judged %s) becomes %s (%s) by\n%s", before.Action, before.Judged, after.Action, after.Judged, q.file)
				}
			}
		}
		return nil
	})
	if compared < 1000 {
		t.Errorf("%d comparisons in all", compared)
	}
}

// What is judged of an image while reports are missing is never taken back.
func TestEarlyVerdictsHold(t *testing.T) {
	early := 0
	forAll(t, func(t *testing.T, g generator, mode policy.Mode, q question) error {
		late := q.ask(t, mode)
		q.reports = slices.DeleteFunc(slices.Clone(q.reports), func(inspect.Report) bool { return g.IntN(2) == 0 })
		v := q.ask(t, mode)
		if v.Action.Refuses() && len(v.Missing) > 0 {
			early++
		}
		if v.Action.Refuses() && v.Action < late.Action || v.Judged.Refuses() && v.Judged < late.Judged {
			return fmt.Errorf("%s (judged %s) with some of the reports, %s (%s) with more", v.Action, v.Judged, late.Action, late.Judged)
		}
		return nil
	})
	if early < 100 {
		t.Errorf("%d early refusals in all", early)
	}
}

// A verdict that is kept and read back permits what it permitted, no more.
func TestVerdictsSurviveStorage(t *testing.T) {
	forAll(t, func(t *testing.T, _ generator, mode policy.Mode, q question) error {
		v := q.ask(t, mode)
		if slices.ContainsFunc(v.Reasons, func(r policy.Reason) bool { return r.Finding.Confidence < 0 || r.Finding.Severity < 0 }) {
			return nil // a level that does not exist is not written, see inspect
		}
		b, err := json.Marshal(v)
		if err != nil {
			return err
		}
		var back policy.Verdict
		if err := json.Unmarshal(b, &back); err != nil {
			return err
		}
		if diff := cmp.Diff(v, back, cmpopts.IgnoreFields(policy.Verdict{}, "Found"), cmpopts.EquateEmpty()); diff != "" {
			return fmt.Errorf("(-before +after) %s", diff)
		}
		return nil
	})
}
