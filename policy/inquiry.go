package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"

	"github.com/lazaret/lazaret/inspect"
)

// CategoryPolicy is that of findings on an image as a whole, which a rule makes itself.
const CategoryPolicy inspect.Category = "policy"

// rulePolicy begins the rules of those findings; the name of the policy's rule follows.
const rulePolicy = "policy/"

// maxSpent is what all evaluations of one decision may cost together, in CEL's units. A rule
// that is asked after it is spent has failed.
const maxSpent = 20_000_000

var errSpent = errors.New("the policy's rules take too long on this image")

// An answer is what a rule says of an image or a finding.
type answer int

const (
	unasked answer = iota
	no
	yes
	open   // it hangs on what is not known yet
	failed // it could not be evaluated
)

// An inquiry is one question put to the rules of a policy: what Decide does with expressions.
type inquiry struct {
	rules    []Rule
	kinds    []string
	facts    *imageFacts
	image    object
	upstream object
	client   object
	now      time.Time
	findings []inspect.Finding
	minded   []int
	missing  bool // a report is

	all     ref.Val // findings, made when first asked for
	finding object
	spent   uint64
	byImage []answer
	byKind  map[findingKind][]answer
	errs    map[int]error // of rules that failed
}

// A findingKind is as much of a finding as the rules ask that are asked by kind.
type findingKind struct {
	rule                 string
	category             inspect.Category
	confidence, severity inspect.Level
}

func newInquiry(r *Rules, facts *imageFacts, s *Subject, findings []inspect.Finding, minded []int, missing bool) *inquiry {
	q := &inquiry{
		rules: r.rules, kinds: r.kinds, facts: facts, image: object{imageObject, facts}, client: object{clientObject, &s.Client}, now: s.At,
		findings: findings, minded: minded, missing: missing,
		byImage: make([]answer, len(r.rules)), byKind: map[findingKind][]answer{}, errs: map[int]error{},
	}
	q.finding.name, q.upstream.name = findingObject, upstreamObject
	return q
}

// ResolveName implements CEL's Activation.
func (q *inquiry) ResolveName(name string) (any, bool) {
	switch name {
	case varImage:
		return &q.image, true
	case varUpstream:
		return &q.upstream, true
	case varClient:
		return &q.client, true
	case varNow:
		return types.Timestamp{Time: q.now}, true
	case varFinding:
		return &q.finding, true
	case varFindings:
		if q.all == nil {
			list := make([]ref.Val, len(q.minded))
			for i, k := range q.minded {
				list[i] = &object{findingObject, &q.findings[k]}
			}
			q.all = types.NewRefValList(types.DefaultTypeAdapter, list)
		}
		return q.all, true
	}
	return nil, false
}

// Parent implements CEL's Activation: there is none.
func (*inquiry) Parent() cel.Activation { return nil }

// never reports whether what is not known of the image will not be later: there is no
// manifest to learn it from, or reports contradict each other.
func (q *inquiry) never() bool {
	blobs := q.facts.Config != "" || len(q.facts.Layers) > 0
	return blobs && !q.missing
}

// ask puts a rule's condition, to the finding that is set if it is asked for each.
func (q *inquiry) ask(i int) answer {
	r := &q.rules[i]
	later := q.facts.known < byConfig && !q.never()
	if r.when.whole && r.Action == Permit && (q.missing || later) {
		return open // what is still to come may be what it does not allow
	}
	if r.when.presence && q.facts.known < byConfig {
		return q.unknown(r)
	}
	if q.spent > maxSpent {
		q.errs[i] = errSpent
		return failed
	}
	out, details, err := r.when.program.Eval(q)
	if details != nil && details.ActualCost() != nil {
		q.spent += *details.ActualCost()
	} else {
		f, _ := q.finding.of.(*inspect.Finding)
		q.spent += r.when.cost(f, len(q.minded))
	}
	if err == nil && types.IsUnknown(out) {
		return q.unknown(r)
	}
	holds, ok := out.(types.Bool)
	switch {
	case err != nil:
		if r.when.asks.upstream {
			err = fmt.Errorf("%w (the registry is %.100q)", err, q.facts.Reference.Registry)
		}
		q.errs[i] = err
		return failed
	case !ok:
		q.errs[i] = errors.New("neither true nor false")
		return failed
	case bool(holds):
		return yes
	}
	return no
}

// unknown answers for a rule that asks for what is not known. If it never will be, that
// counts against the image: a rule that refuses holds, and one that allows does not.
func (q *inquiry) unknown(r *Rule) answer {
	switch {
	case !q.never():
		return open
	case r.Action.action() == Allow:
		return no
	}
	return yes
}

// ofImage asks a rule about the image as a whole.
func (q *inquiry) ofImage(i int) answer {
	if q.byImage[i] == unasked {
		q.byImage[i] = q.ask(i)
	}
	return q.byImage[i]
}

// ofFinding asks a rule about a finding; of what is alike, once.
func (q *inquiry) ofFinding(i int, f *inspect.Finding, known []answer) answer {
	if !q.rules[i].when.byKind() {
		q.finding.of = f
		return q.ask(i)
	}
	if known[i] == unasked {
		q.finding.of = f
		known[i] = q.ask(i)
	}
	return known[i]
}

// kindOf returns what is known of the findings that are like f, for every rule.
func (q *inquiry) kindOf(f *inspect.Finding) []answer {
	var k findingKind
	for _, name := range q.kinds {
		switch name {
		case "rule":
			k.rule = f.Rule
		case "category":
			k.category = f.Category
		case "confidence":
			k.confidence = f.Confidence
		case "severity":
			k.severity = f.Severity
		}
	}
	known, ok := q.byKind[k]
	if !ok {
		known = make([]answer, len(q.rules))
		q.byKind[k] = known
	}
	return known
}

// A hit is a rule that holds, or has failed: for a finding, or (-1) for the image.
type hit struct {
	rule, finding int
	failed        error
}

// judge asks the rules in order, those in mode audit too or not.
func (q *inquiry) judge(audit bool) (hits []hit) {
	end := len(q.rules)
	for i := 0; i < end; i++ {
		r := &q.rules[i]
		if r.when.each || r.Audit && !audit {
			continue
		}
		switch a := q.ofImage(i); {
		case r.Action == Permit && (a == yes || a == open):
			end = i // open: whether later rules are asked is not known yet
		case a == yes:
			hits = append(hits, hit{i, -1, nil})
		case a == failed:
			hits = append(hits, hit{i, -1, q.errs[i]})
		}
	}
	for _, k := range q.minded {
		if h, ok := q.first(k, end, audit); ok {
			hits = append(hits, h)
		}
	}
	return hits
}

// first returns the first rule before end that holds for a finding, unless it allows it.
func (q *inquiry) first(k, end int, audit bool) (hit, bool) {
	f := &q.findings[k]
	known := q.kindOf(f)
	for i := range end {
		r := &q.rules[i]
		if !r.when.each || r.Audit && !audit {
			continue
		}
		switch q.ofFinding(i, f, known) {
		case yes:
			return hit{i, k, nil}, r.Action != Permit
		case failed:
			return hit{i, k, q.errs[i]}, true
		case open:
			return hit{}, false
		}
	}
	return hit{}, false
}

// reasons asks the rules and returns what they mind, the worst first, and the findings
// with those that rules made about the image. Reasons of rules in mode audit come after
// those that refuse.
func (q *inquiry) reasons(s *Subject, ex []Exception, audited bool) ([]Reason, []inspect.Finding) {
	hits := q.judge(false)
	if audited {
		for _, h := range q.judge(true) {
			if q.rules[h.rule].Audit {
				hits = append(hits, h)
			}
		}
	}
	found := q.findings
	minded := hits[:0]
	for _, h := range hits {
		if h.finding < 0 {
			f := aboutImage(&q.rules[h.rule], h.failed)
			h.finding = len(found)
			found = append(found, f)
			if excused(s, ex, &f) {
				continue
			}
		}
		minded = append(minded, h)
	}
	if len(minded) == 0 {
		return nil, found
	}
	slices.SortStableFunc(minded, func(a, b hit) int {
		x, y := &found[a.finding], &found[b.finding]
		return cmp.Or(cmp.Compare(q.rank(a), q.rank(b)), cmp.Compare(q.action(a), q.action(b)),
			cmp.Compare(y.Confidence, x.Confidence), cmp.Compare(y.Severity, x.Severity))
	})
	out := make([]Reason, len(minded))
	for i, h := range minded {
		r := &q.rules[h.rule]
		out[i] = Reason{Action: q.action(h), Rule: r.Name, Finding: found[h.finding], Message: r.Message, Audit: r.Audit}
		if h.failed != nil {
			out[i].Message = failure(r, h.failed)
		}
	}
	return out, found
}

// action is what a hit leads to: a rule that failed refuses, whatever it was to do.
func (q *inquiry) action(h hit) Action {
	if h.failed != nil {
		return Block
	}
	return q.rules[h.rule].Action.action()
}

// rank puts what refuses first, then what would, then what is mentioned.
func (q *inquiry) rank(h hit) int {
	switch {
	case q.action(h) == Allow:
		return 2
	case q.rules[h.rule].Audit:
		return 1
	}
	return 0
}

func failure(r *Rule, err error) string {
	return evidence(fmt.Sprintf("The policy's rule %s could not be evaluated: %s", r.Name, err))
}

// aboutImage makes the finding of a rule that holds for the image as a whole, or failed.
func aboutImage(r *Rule, failed error) inspect.Finding {
	f := inspect.Finding{Rule: rulePolicy + r.Name, Category: CategoryPolicy, Severity: inspect.High, Confidence: inspect.High, Evidence: cmp.Or(r.Message, evidence(r.When))}
	switch {
	case failed != nil:
		f.Evidence = failure(r, failed)
	case r.Action.action() == Allow:
		f.Severity = inspect.Low
	}
	return f
}

// excused reports whether an exception covers a finding.
func excused(s *Subject, ex []Exception, f *inspect.Finding) bool {
	return slices.ContainsFunc(ex, func(e Exception) bool { return e.excuses(s, f) })
}
