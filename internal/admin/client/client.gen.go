// Code generated from the OpenAPI document of the Admin API. DO NOT EDIT.

package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/oapi-codegen/runtime"
)

// Defines values for DeliveryState.
const (
	DeliveryStateDead      DeliveryState = "dead"
	DeliveryStateDelivered DeliveryState = "delivered"
	DeliveryStateQueued    DeliveryState = "queued"
)

// Valid indicates whether the value is a known member of the DeliveryState enum.
func (e DeliveryState) Valid() bool {
	switch e {
	case DeliveryStateDead:
		return true
	case DeliveryStateDelivered:
		return true
	case DeliveryStateQueued:
		return true
	default:
		return false
	}
}

// Defines values for DifferenceChange.
const (
	DifferenceChangeAllowed DifferenceChange = "allowed"
	DifferenceChangeAudited DifferenceChange = "audited"
	DifferenceChangeRefused DifferenceChange = "refused"
)

// Valid indicates whether the value is a known member of the DifferenceChange enum.
func (e DifferenceChange) Valid() bool {
	switch e {
	case DifferenceChangeAllowed:
		return true
	case DifferenceChangeAudited:
		return true
	case DifferenceChangeRefused:
		return true
	default:
		return false
	}
}

// Defines values for ExceptionState.
const (
	ExceptionStateExpired ExceptionState = "expired"
	ExceptionStateInForce ExceptionState = "in force"
	ExceptionStateRevoked ExceptionState = "revoked"
)

// Valid indicates whether the value is a known member of the ExceptionState enum.
func (e ExceptionState) Valid() bool {
	switch e {
	case ExceptionStateExpired:
		return true
	case ExceptionStateInForce:
		return true
	case ExceptionStateRevoked:
		return true
	default:
		return false
	}
}

// Defines values for ExposureState.
const (
	ExposureStateExposed  ExposureState = "exposed"
	ExposureStateResolved ExposureState = "resolved"
	ExposureStateUnknown  ExposureState = "unknown"
)

// Valid indicates whether the value is a known member of the ExposureState enum.
func (e ExposureState) Valid() bool {
	switch e {
	case ExposureStateExposed:
		return true
	case ExposureStateResolved:
		return true
	case ExposureStateUnknown:
		return true
	default:
		return false
	}
}

// Defines values for MadeTokenRole.
const (
	MadeTokenRoleAdmin    MadeTokenRole = "admin"
	MadeTokenRoleReviewer MadeTokenRole = "reviewer"
	MadeTokenRoleViewer   MadeTokenRole = "viewer"
)

// Valid indicates whether the value is a known member of the MadeTokenRole enum.
func (e MadeTokenRole) Valid() bool {
	switch e {
	case MadeTokenRoleAdmin:
		return true
	case MadeTokenRoleReviewer:
		return true
	case MadeTokenRoleViewer:
		return true
	default:
		return false
	}
}

// Defines values for MadeTokenState.
const (
	MadeTokenStateExpired MadeTokenState = "expired"
	MadeTokenStateInForce MadeTokenState = "in force"
	MadeTokenStateRevoked MadeTokenState = "revoked"
)

// Valid indicates whether the value is a known member of the MadeTokenState enum.
func (e MadeTokenState) Valid() bool {
	switch e {
	case MadeTokenStateExpired:
		return true
	case MadeTokenStateInForce:
		return true
	case MadeTokenStateRevoked:
		return true
	default:
		return false
	}
}

// Defines values for NewTokenRole.
const (
	NewTokenRoleAdmin    NewTokenRole = "admin"
	NewTokenRoleReviewer NewTokenRole = "reviewer"
	NewTokenRoleViewer   NewTokenRole = "viewer"
)

// Valid indicates whether the value is a known member of the NewTokenRole enum.
func (e NewTokenRole) Valid() bool {
	switch e {
	case NewTokenRoleAdmin:
		return true
	case NewTokenRoleReviewer:
		return true
	case NewTokenRoleViewer:
		return true
	default:
		return false
	}
}

// Defines values for NotificationState.
const (
	NotificationStateDead      NotificationState = "dead"
	NotificationStateDelivered NotificationState = "delivered"
	NotificationStateNew       NotificationState = "new"
	NotificationStateQueued    NotificationState = "queued"
	NotificationStateUnwanted  NotificationState = "unwanted"
)

// Valid indicates whether the value is a known member of the NotificationState enum.
func (e NotificationState) Valid() bool {
	switch e {
	case NotificationStateDead:
		return true
	case NotificationStateDelivered:
		return true
	case NotificationStateNew:
		return true
	case NotificationStateQueued:
		return true
	case NotificationStateUnwanted:
		return true
	default:
		return false
	}
}

// Defines values for PersonRole.
const (
	PersonRoleAdmin    PersonRole = "admin"
	PersonRoleReviewer PersonRole = "reviewer"
	PersonRoleViewer   PersonRole = "viewer"
)

// Valid indicates whether the value is a known member of the PersonRole enum.
func (e PersonRole) Valid() bool {
	switch e {
	case PersonRoleAdmin:
		return true
	case PersonRoleReviewer:
		return true
	case PersonRoleViewer:
		return true
	default:
		return false
	}
}

// Defines values for PolicyMode.
const (
	PolicyModeAudit   PolicyMode = "audit"
	PolicyModeEnforce PolicyMode = "enforce"
	PolicyModeHold    PolicyMode = "hold"
)

// Valid indicates whether the value is a known member of the PolicyMode enum.
func (e PolicyMode) Valid() bool {
	switch e {
	case PolicyModeAudit:
		return true
	case PolicyModeEnforce:
		return true
	case PolicyModeHold:
		return true
	default:
		return false
	}
}

// Defines values for PolicyRuleAction.
const (
	PolicyRuleActionAllow      PolicyRuleAction = "allow"
	PolicyRuleActionBlock      PolicyRuleAction = "block"
	PolicyRuleActionQuarantine PolicyRuleAction = "quarantine"
	PolicyRuleActionWarn       PolicyRuleAction = "warn"
)

// Valid indicates whether the value is a known member of the PolicyRuleAction enum.
func (e PolicyRuleAction) Valid() bool {
	switch e {
	case PolicyRuleActionAllow:
		return true
	case PolicyRuleActionBlock:
		return true
	case PolicyRuleActionQuarantine:
		return true
	case PolicyRuleActionWarn:
		return true
	default:
		return false
	}
}

// Defines values for PullKind.
const (
	PullKindBlob     PullKind = "blob"
	PullKindManifest PullKind = "manifest"
)

// Valid indicates whether the value is a known member of the PullKind enum.
func (e PullKind) Valid() bool {
	switch e {
	case PullKindBlob:
		return true
	case PullKindManifest:
		return true
	default:
		return false
	}
}

// Defines values for QuarantinedState.
const (
	QuarantinedStateCleared  QuarantinedState = "cleared"
	QuarantinedStateRejected QuarantinedState = "rejected"
	QuarantinedStateReleased QuarantinedState = "released"
	QuarantinedStateWaiting  QuarantinedState = "waiting"
)

// Valid indicates whether the value is a known member of the QuarantinedState enum.
func (e QuarantinedState) Valid() bool {
	switch e {
	case QuarantinedStateCleared:
		return true
	case QuarantinedStateRejected:
		return true
	case QuarantinedStateReleased:
		return true
	case QuarantinedStateWaiting:
		return true
	default:
		return false
	}
}

// Defines values for RequestState.
const (
	RequestStateApproved RequestState = "approved"
	RequestStateDeclined RequestState = "declined"
	RequestStateOpen     RequestState = "open"
)

// Valid indicates whether the value is a known member of the RequestState enum.
func (e RequestState) Valid() bool {
	switch e {
	case RequestStateApproved:
		return true
	case RequestStateDeclined:
		return true
	case RequestStateOpen:
		return true
	default:
		return false
	}
}

// Defines values for StatusMode.
const (
	StatusModeAudit   StatusMode = "audit"
	StatusModeEnforce StatusMode = "enforce"
	StatusModeHold    StatusMode = "hold"
)

// Valid indicates whether the value is a known member of the StatusMode enum.
func (e StatusMode) Valid() bool {
	switch e {
	case StatusModeAudit:
		return true
	case StatusModeEnforce:
		return true
	case StatusModeHold:
		return true
	default:
		return false
	}
}

// Defines values for StatusReady.
const (
	StatusReadyDegraded StatusReady = "degraded"
	StatusReadyNotReady StatusReady = "not ready"
	StatusReadyOk       StatusReady = "ok"
)

// Valid indicates whether the value is a known member of the StatusReady enum.
func (e StatusReady) Valid() bool {
	switch e {
	case StatusReadyDegraded:
		return true
	case StatusReadyNotReady:
		return true
	case StatusReadyOk:
		return true
	default:
		return false
	}
}

// Defines values for TokenRole.
const (
	TokenRoleAdmin    TokenRole = "admin"
	TokenRoleReviewer TokenRole = "reviewer"
	TokenRoleViewer   TokenRole = "viewer"
)

// Valid indicates whether the value is a known member of the TokenRole enum.
func (e TokenRole) Valid() bool {
	switch e {
	case TokenRoleAdmin:
		return true
	case TokenRoleReviewer:
		return true
	case TokenRoleViewer:
		return true
	default:
		return false
	}
}

// Defines values for TokenState.
const (
	TokenStateExpired TokenState = "expired"
	TokenStateInForce TokenState = "in force"
	TokenStateRevoked TokenState = "revoked"
)

// Valid indicates whether the value is a known member of the TokenState enum.
func (e TokenState) Valid() bool {
	switch e {
	case TokenStateExpired:
		return true
	case TokenStateInForce:
		return true
	case TokenStateRevoked:
		return true
	default:
		return false
	}
}

// Defines values for ListExposuresParamsState.
const (
	ListExposuresParamsStateExposed  ListExposuresParamsState = "exposed"
	ListExposuresParamsStateResolved ListExposuresParamsState = "resolved"
	ListExposuresParamsStateUnknown  ListExposuresParamsState = "unknown"
)

// Valid indicates whether the value is a known member of the ListExposuresParamsState enum.
func (e ListExposuresParamsState) Valid() bool {
	switch e {
	case ListExposuresParamsStateExposed:
		return true
	case ListExposuresParamsStateResolved:
		return true
	case ListExposuresParamsStateUnknown:
		return true
	default:
		return false
	}
}

// Defines values for ListNotificationsParamsState.
const (
	ListNotificationsParamsStateDead      ListNotificationsParamsState = "dead"
	ListNotificationsParamsStateDelivered ListNotificationsParamsState = "delivered"
	ListNotificationsParamsStateNew       ListNotificationsParamsState = "new"
	ListNotificationsParamsStateQueued    ListNotificationsParamsState = "queued"
	ListNotificationsParamsStateUnwanted  ListNotificationsParamsState = "unwanted"
)

// Valid indicates whether the value is a known member of the ListNotificationsParamsState enum.
func (e ListNotificationsParamsState) Valid() bool {
	switch e {
	case ListNotificationsParamsStateDead:
		return true
	case ListNotificationsParamsStateDelivered:
		return true
	case ListNotificationsParamsStateNew:
		return true
	case ListNotificationsParamsStateQueued:
		return true
	case ListNotificationsParamsStateUnwanted:
		return true
	default:
		return false
	}
}

// Defines values for ListPullsParamsVerdict.
const (
	ListPullsParamsVerdictAllow      ListPullsParamsVerdict = "allow"
	ListPullsParamsVerdictBlock      ListPullsParamsVerdict = "block"
	ListPullsParamsVerdictQuarantine ListPullsParamsVerdict = "quarantine"
	ListPullsParamsVerdictStream     ListPullsParamsVerdict = "stream"
	ListPullsParamsVerdictWarn       ListPullsParamsVerdict = "warn"
)

// Valid indicates whether the value is a known member of the ListPullsParamsVerdict enum.
func (e ListPullsParamsVerdict) Valid() bool {
	switch e {
	case ListPullsParamsVerdictAllow:
		return true
	case ListPullsParamsVerdictBlock:
		return true
	case ListPullsParamsVerdictQuarantine:
		return true
	case ListPullsParamsVerdictStream:
		return true
	case ListPullsParamsVerdictWarn:
		return true
	default:
		return false
	}
}

// Defines values for ListQuarantineParamsState.
const (
	ListQuarantineParamsStateCleared  ListQuarantineParamsState = "cleared"
	ListQuarantineParamsStateRejected ListQuarantineParamsState = "rejected"
	ListQuarantineParamsStateReleased ListQuarantineParamsState = "released"
	ListQuarantineParamsStateWaiting  ListQuarantineParamsState = "waiting"
)

// Valid indicates whether the value is a known member of the ListQuarantineParamsState enum.
func (e ListQuarantineParamsState) Valid() bool {
	switch e {
	case ListQuarantineParamsStateCleared:
		return true
	case ListQuarantineParamsStateRejected:
		return true
	case ListQuarantineParamsStateReleased:
		return true
	case ListQuarantineParamsStateWaiting:
		return true
	default:
		return false
	}
}

// Defines values for ListRequestsParamsState.
const (
	ListRequestsParamsStateApproved ListRequestsParamsState = "approved"
	ListRequestsParamsStateDeclined ListRequestsParamsState = "declined"
	ListRequestsParamsStateOpen     ListRequestsParamsState = "open"
)

// Valid indicates whether the value is a known member of the ListRequestsParamsState enum.
func (e ListRequestsParamsState) Valid() bool {
	switch e {
	case ListRequestsParamsStateApproved:
		return true
	case ListRequestsParamsStateDeclined:
		return true
	case ListRequestsParamsStateOpen:
		return true
	default:
		return false
	}
}

// Approval defines model for Approval.
type Approval struct {
	// Expires Until when, instead.
	Expires time.Time `json:"expires,omitempty,omitzero"`

	// For For how long from now: 7d, 12h.
	For string `json:"for,omitempty,omitzero"`

	// Word What to tell who asked.
	Word string `json:"word,omitempty,omitzero"`
}

// Change defines model for Change.
type Change struct {
	Action string `json:"action"`
	Actor  string `json:"actor"`

	// After JSON.
	After string    `json:"after,omitempty,omitzero"`
	At    time.Time `json:"at"`

	// Before JSON.
	Before string `json:"before,omitempty,omitzero"`
	Hash   string `json:"hash"`
	ID     int64  `json:"id"`

	// Object The number of the row that was changed.
	Object string `json:"object"`

	// Origin From where, and by which credentials.
	Origin string `json:"origin"`

	// Previous The hash of the row before.
	Previous string `json:"previous"`
}

// Checked defines model for Checked.
type Checked struct {
	Errors []Fault `json:"errors"`

	// Rules How many it has.
	Rules int64 `json:"rules"`
	Valid bool  `json:"valid"`
}

// Declining defines model for Declining.
type Declining struct {
	// Word What to tell who asked.
	Word string `json:"word"`
}

// Delivery defines model for Delivery.
type Delivery struct {
	// Attempts That were begun.
	Attempts int64 `json:"attempts"`

	// Ended When it was delivered or given up.
	Ended time.Time `json:"ended,omitempty,omitzero"`

	// Error Of the last attempt that failed.
	Error string `json:"error,omitempty,omitzero"`

	// Next When it may be tried; while it is tried, when another mirror may take it over.
	Next time.Time `json:"next,omitempty,omitzero"`

	// Since When it was queued.
	Since time.Time     `json:"since"`
	State DeliveryState `json:"state"`

	// Webhook Its kind, its host, and 8 digits that tell two of one host apart.
	Webhook string `json:"webhook"`
}

// DeliveryState defines model for Delivery.State.
type DeliveryState string

// Difference defines model for Difference.
type Difference struct {
	Change  DifferenceChange `json:"change"`
	Clients []ReplayClient   `json:"clients"`

	// Digest Empty of what was asked for by a name alone.
	Digest string `json:"digest"`

	// Message What a developer would be told.
	Message string `json:"message"`
	Now     string `json:"now"`
	Path    string `json:"path"`

	// Policy The rule that makes the difference.
	Policy     string `json:"policy"`
	Repository string `json:"repository"`

	// Rule Of the finding that it minds.
	Rule string   `json:"rule"`
	Tags []string `json:"tags"`
	Was  string   `json:"was"`
}

// DifferenceChange defines model for Difference.Change.
type DifferenceChange string

// ErrorDetail defines model for ErrorDetail.
type ErrorDetail struct {
	// Location Where the error occurred, e.g. 'body.items[3].tags' or 'path.thing-id'
	Location string `json:"location,omitempty,omitzero"`

	// Message Error message text
	Message string `json:"message,omitempty,omitzero"`

	// Value The value at the given location
	Value interface{} `json:"value,omitempty,omitzero"`
}

// ErrorModel defines model for ErrorModel.
type ErrorModel struct {
	// Detail A human-readable explanation specific to this occurrence of the problem.
	//
	// Examples: Property foo is required but is missing.
	Detail string `json:"detail,omitempty,omitzero"`

	// Errors Optional list of individual error details
	Errors []ErrorDetail `json:"errors,omitempty,omitzero"`

	// Instance A URI reference that identifies the specific occurrence of the problem.
	//
	// Examples: https://example.com/error-log/abc123
	Instance string `json:"instance,omitempty,omitzero"`

	// Status HTTP status code
	//
	// Examples: 400
	Status int64 `json:"status,omitempty,omitzero"`

	// Title A short, human-readable summary of the problem type. This value should not change between occurrences of the error.
	//
	// Examples: Bad Request
	Title string `json:"title,omitempty,omitzero"`

	// Type A URI reference to human-readable documentation for the error.
	//
	// Examples: https://example.com/errors/example
	Type string `json:"type,omitempty,omitzero"`
}

// Exception defines model for Exception.
type Exception struct {
	Author  string    `json:"author"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	ID      int64     `json:"id"`

	// Name Of an imported one, within its source.
	Name   string `json:"name,omitempty,omitzero"`
	Reason string `json:"reason"`

	// Revoked When it was; absent if it was not.
	Revoked   time.Time `json:"revoked,omitempty,omitzero"`
	RevokedBy string    `json:"revoked_by,omitempty,omitzero"`
	Scope     Scope     `json:"scope"`

	// Source hand, or import NAME.
	Source string         `json:"source"`
	State  ExceptionState `json:"state"`
	Ticket string         `json:"ticket,omitempty,omitzero"`
}

// ExceptionState defines model for Exception.State.
type ExceptionState string

// Explained defines model for Explained.
type Explained struct {
	// Action Empty where no rule of the policy minds it.
	Action string `json:"action"`

	// Audit The rule is in mode audit: the action is not taken.
	Audit      bool   `json:"audit"`
	Category   string `json:"category"`
	Confidence string `json:"confidence"`

	// CreatedBy The entry of the image's history that made the layer.
	CreatedBy string `json:"created_by"`

	// Evidence What was seen, redacted.
	Evidence string `json:"evidence"`

	// Fingerprint Names this finding in an exception.
	Fingerprint string `json:"fingerprint"`

	// Layer The blob it is in, a config or manifest too; empty of a name.
	Layer string `json:"layer"`

	// Line From 1; 0 where lines mean nothing.
	Line int64 `json:"line"`

	// Message What it tells a developer.
	Message string `json:"message"`

	// Offset Bytes from the start of the file.
	Offset int64 `json:"offset"`

	// Path Empty of a blob as a whole.
	Path string `json:"path"`

	// Policy The rule that does.
	Policy   string `json:"policy"`
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
}

// Explanation defines model for Explanation.
type Explanation struct {
	Digest string `json:"digest"`

	// Findings Those that decided first.
	Findings []Explained `json:"findings"`

	// Kind manifest, config, layer or other.
	Kind string `json:"kind"`

	// Missing Blobs of the image without a report.
	Missing        []string `json:"missing"`
	PolicyRevision string   `json:"policy_revision"`
	Ruleset        string   `json:"ruleset"`

	// Verdict allow, warn, unknown, quarantine, block. Exceptions do not count.
	Verdict string `json:"verdict"`
}

// Exposure defines model for Exposure.
type Exposure struct {
	// At When it came into its state.
	At time.Time `json:"at"`

	// Clients Who has it.
	Clients []Holder `json:"clients"`
	Digest  string   `json:"digest"`
	ID      int64    `json:"id"`

	// Policy The policy's revision.
	Policy     string   `json:"policy"`
	Reasons    []Reason `json:"reasons"`
	Registry   string   `json:"registry"`
	Repository string   `json:"repository"`

	// Rules The rule set that said so.
	Rules string `json:"rules"`

	// State unknown: it is to be inspected again under the rules in force.
	State ExposureState `json:"state"`

	// Verdict block or quarantine.
	Verdict string `json:"verdict,omitempty,omitzero"`
}

// ExposureState unknown: it is to be inspected again under the rules in force.
type ExposureState string

// Fault defines model for Fault.
type Fault struct {
	// Line 0 of the file as a whole.
	Line    int64  `json:"line"`
	Message string `json:"message"`

	// Snippet Of the expression, and a mark below it.
	Snippet string `json:"snippet,omitempty,omitzero"`
}

// Feed defines model for Feed.
type Feed struct {
	Category string `json:"category"`

	// Entries In force.
	Entries int64 `json:"entries"`

	// Failed The last look did not succeed.
	Failed bool `json:"failed"`

	// Fetched When what is in force came in; absent of a file, and of what never came.
	Fetched time.Time `json:"fetched,omitempty,omitzero"`

	// LeftOut They would match too much, or cannot be read.
	LeftOut int64 `json:"left_out"`

	// Name Where it comes from, without what may be secret of that.
	Name string `json:"name"`
}

// Feeds defines model for Feeds.
type Feeds struct {
	Feeds []Feed `json:"feeds"`
}

// Finding defines model for Finding.
type Finding struct {
	Category   string `json:"category"`
	Confidence string `json:"confidence"`

	// CreatedBy The entry of the image's history that made the layer.
	CreatedBy string `json:"created_by"`

	// Evidence What was seen, redacted.
	Evidence string `json:"evidence"`

	// Fingerprint Names this finding in an exception.
	Fingerprint string `json:"fingerprint"`

	// Layer The blob it is in, a config or manifest too; empty of a name.
	Layer string `json:"layer"`

	// Line From 1; 0 where lines mean nothing.
	Line int64 `json:"line"`

	// Offset Bytes from the start of the file.
	Offset int64 `json:"offset"`

	// Path Empty of a blob as a whole.
	Path     string `json:"path"`
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
}

// Gap defines model for Gap.
type Gap struct {
	// Inside It is about what is packed in the file, which itself was read as it is.
	Inside bool `json:"inside,omitempty,omitzero"`

	// Mild It says little of the file: damage behind what could be read, or a form that is not read at all.
	Mild bool `json:"mild,omitempty,omitzero"`

	// Path Absent of the blob itself.
	Path string `json:"path,omitempty,omitzero"`
	Why  string `json:"why"`
}

// Holder defines model for Holder.
type Holder struct {
	Client string `json:"client"`

	// First Pull.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	Name  string    `json:"name,omitempty,omitzero"`
	Pulls int64     `json:"pulls"`
}

// Image defines model for Image.
type Image struct {
	Digest string `json:"digest"`

	// First When it was first asked for, refused or not.
	First time.Time `json:"first"`

	// Last When it was last asked for.
	Last time.Time `json:"last"`

	// Passed When it was last given to a client; absent if never.
	Passed     time.Time `json:"passed,omitempty,omitzero"`
	Registry   string    `json:"registry"`
	Repository string    `json:"repository"`
}

// Import defines model for Import.
type Import struct {
	Exceptions []NamedException `json:"exceptions"`

	// Source Names where they come from. Exceptions of other sources, and those by hand, are left alone.
	Source string `json:"source"`
}

// Imported defines model for Imported.
type Imported struct {
	// Added New, or changed.
	Added []string `json:"added"`

	// Expired In the source and expired: nothing was done.
	Expired []string `json:"expired"`

	// Kept As they were.
	Kept []string `json:"kept"`

	// Revoked No longer in the source, or changed.
	Revoked []string `json:"revoked"`
}

// Issuer defines model for Issuer.
type Issuer struct {
	// ClientID A public client, with PKCE or the device flow.
	ClientID string   `json:"client_id"`
	Scopes   []string `json:"scopes"`
	URL      string   `json:"url"`
}

// ItemsChange defines model for ItemsChange.
type ItemsChange struct {
	Items []Change `json:"items"`

	// Next The cursor of the next page; absent on the last.
	Next string `json:"next,omitempty,omitzero"`
}

// ItemsException defines model for ItemsException.
type ItemsException struct {
	Items []Exception `json:"items"`

	// Next The cursor of the next page; absent on the last.
	Next string `json:"next,omitempty,omitzero"`
}

// ItemsExposure defines model for ItemsExposure.
type ItemsExposure struct {
	Items []Exposure `json:"items"`

	// Next The cursor of the next page; absent on the last.
	Next string `json:"next,omitempty,omitzero"`
}

// ItemsImage defines model for ItemsImage.
type ItemsImage struct {
	Items []Image `json:"items"`

	// Next The cursor of the next page; absent on the last.
	Next string `json:"next,omitempty,omitzero"`
}

// ItemsNotification defines model for ItemsNotification.
type ItemsNotification struct {
	Items []Notification `json:"items"`

	// Next The cursor of the next page; absent on the last.
	Next string `json:"next,omitempty,omitzero"`
}

// ItemsPull defines model for ItemsPull.
type ItemsPull struct {
	Items []Pull `json:"items"`

	// Next The cursor of the next page; absent on the last.
	Next string `json:"next,omitempty,omitzero"`
}

// ItemsQuarantined defines model for ItemsQuarantined.
type ItemsQuarantined struct {
	Items []Quarantined `json:"items"`

	// Next The cursor of the next page; absent on the last.
	Next string `json:"next,omitempty,omitzero"`
}

// ItemsRequest defines model for ItemsRequest.
type ItemsRequest struct {
	Items []Request `json:"items"`

	// Next The cursor of the next page; absent on the last.
	Next string `json:"next,omitempty,omitzero"`
}

// ItemsToken defines model for ItemsToken.
type ItemsToken struct {
	Items []Token `json:"items"`

	// Next The cursor of the next page; absent on the last.
	Next string `json:"next,omitempty,omitzero"`
}

// Lifetime defines model for Lifetime.
type Lifetime struct {
	// Expires Until when, instead.
	Expires time.Time `json:"expires,omitempty,omitzero"`

	// For For how long from now: 7d, 12h.
	For string `json:"for,omitempty,omitzero"`
}

// LoginWay defines model for LoginWay.
type LoginWay struct {
	// Oidc The OpenID Connect issuer whose ID tokens are taken; absent if there is none.
	Oidc Issuer `json:"oidc,omitempty,omitzero"`
}

// MadeToken defines model for MadeToken.
type MadeToken struct {
	Author  string    `json:"author"`
	Created time.Time `json:"created"`

	// Expires Absent if it does not.
	Expires time.Time `json:"expires,omitempty,omitzero"`
	ID      int64     `json:"id"`

	// LastUsed To the minute; absent if it never was.
	LastUsed time.Time `json:"last_used,omitempty,omitzero"`

	// Name As the audit log has it.
	Name string `json:"name"`

	// Revoked When it was; absent if it was not.
	Revoked   time.Time      `json:"revoked,omitempty,omitzero"`
	RevokedBy string         `json:"revoked_by,omitempty,omitzero"`
	Role      MadeTokenRole  `json:"role"`
	State     MadeTokenState `json:"state"`

	// Token What to send in the header Authorization, after Bearer. It is shown now and never again.
	Token string `json:"token"`
}

// MadeTokenRole defines model for MadeToken.Role.
type MadeTokenRole string

// MadeTokenState defines model for MadeToken.State.
type MadeTokenState string

// NamedException defines model for NamedException.
type NamedException struct {
	Expires time.Time `json:"expires"`

	// FollowTag Required with a tag: an import resolves none.
	FollowTag bool `json:"follow_tag,omitempty,omitzero"`

	// Name Within the source.
	Name   string `json:"name"`
	Reason string `json:"reason"`
	Scope  Scope  `json:"scope"`
	Ticket string `json:"ticket,omitempty,omitzero"`
}

// NewException defines model for NewException.
type NewException struct {
	// Expires Until when, instead.
	Expires time.Time `json:"expires,omitempty,omitzero"`

	// FollowTag Cover whatever the tag points at, later too. Without it a tag stands for the digest that was last pulled by it.
	FollowTag bool `json:"follow_tag,omitempty,omitzero"`

	// For For how long from now: 7d, 12h.
	For string `json:"for,omitempty,omitzero"`

	// Image An image as people write it, with a tag or a digest, instead of the scope's repository, tag and digest: nginx:1.27.
	Image  string `json:"image,omitempty,omitzero"`
	Reason string `json:"reason"`
	Scope  Scope  `json:"scope,omitempty,omitzero"`
	Ticket string `json:"ticket,omitempty,omitzero"`
}

// NewRequest defines model for NewRequest.
type NewRequest struct {
	// Asker Who asks, of those who send no token; it is put down as their own word.
	Asker string `json:"asker,omitempty,omitzero"`

	// RequestID What stands at the end of the refusal, after Request.
	RequestID string `json:"request_id"`

	// Why What it is needed for.
	Why string `json:"why"`
}

// NewToken defines model for NewToken.
type NewToken struct {
	// Expires Until when, instead.
	Expires time.Time `json:"expires,omitempty,omitzero"`

	// For For how long from now: 7d, 12h.
	For string `json:"for,omitempty,omitzero"`

	// Name Of whoever or whatever it is for. No two tokens in force have the same.
	Name string `json:"name"`

	// NoExpiry It holds until it is revoked. Without this, for or expires it holds for 90 days.
	NoExpiry bool         `json:"no_expiry,omitempty,omitzero"`
	Role     NewTokenRole `json:"role"`
}

// NewTokenRole defines model for NewToken.Role.
type NewTokenRole string

// Notification defines model for Notification.
type Notification struct {
	// At When it happened.
	At time.Time `json:"at"`

	// Data What it says, as its CloudEvent does.
	Data map[string]interface{} `json:"data"`

	// Deliveries One for each webhook that is to have it.
	Deliveries []Delivery `json:"deliveries"`
	ID         int64      `json:"id"`

	// State It follows from the deliveries: dead if one is, else queued if one is.
	State   NotificationState `json:"state"`
	Subject string            `json:"subject"`

	// Type That of its CloudEvent, without io.lazaret.
	Type string `json:"type"`

	// UID The ID of its CloudEvent.
	UID string `json:"uid"`
}

// NotificationState It follows from the deliveries: dead if one is, else queued if one is.
type NotificationState string

// Person defines model for Person.
type Person struct {
	Name string     `json:"name"`
	Role PersonRole `json:"role"`

	// Via token NUMBER, oidc ISSUER, or local.
	Via string `json:"via"`
}

// PersonRole defines model for Person.Role.
type PersonRole string

// Policy defines model for Policy.
type Policy struct {
	// File Where it was read from; absent of the default.
	File string     `json:"file,omitempty,omitzero"`
	Mode PolicyMode `json:"mode"`

	// Refused Why what the file holds now is not in force.
	Refused string `json:"refused,omitempty,omitzero"`

	// Revision Changes with everything that a verdict hangs on, but exceptions; it is the ETag too.
	Revision string `json:"revision"`

	// Rules The first that holds counts.
	Rules []PolicyRule `json:"rules"`

	// Text The file.
	Text string `json:"text"`
}

// PolicyMode defines model for Policy.Mode.
type PolicyMode string

// PolicyRule defines model for PolicyRule.
type PolicyRule struct {
	Action  PolicyRuleAction `json:"action"`
	Audit   bool             `json:"audit,omitempty,omitzero"`
	Message string           `json:"message,omitempty,omitzero"`
	Name    string           `json:"name"`

	// When A CEL expression.
	When string `json:"when"`
}

// PolicyRuleAction defines model for PolicyRule.Action.
type PolicyRuleAction string

// PolicyText defines model for PolicyText.
type PolicyText struct {
	// Text The file, YAML.
	Text string `json:"text"`
}

// Pull defines model for Pull.
type Pull struct {
	At time.Time `json:"at"`

	// Bytes Of body sent.
	Bytes int64 `json:"bytes"`

	// Client Its address.
	Client string `json:"client"`

	// ClientName That the policy had for it.
	ClientName string `json:"client_name,omitempty,omitzero"`

	// Digest What was answered with; empty if it came to none.
	Digest string `json:"digest"`

	// HeldMs Milliseconds that the answer waited for its verdict.
	HeldMs int64 `json:"held_ms"`
	ID     int64 `json:"id"`

	// Image The manifest that it is about.
	Image string `json:"image"`

	// Judged The same if the mode were not audit.
	Judged  string   `json:"judged"`
	Kind    PullKind `json:"kind"`
	Reasons []Reason `json:"reasons"`

	// Reference The tag or digest as it was asked for.
	Reference  string `json:"reference"`
	Registry   string `json:"registry"`
	Repository string `json:"repository"`
	RequestID  string `json:"request_id"`

	// Source store or upstream.
	Source string `json:"source"`

	// Status HTTP's.
	Status    int64  `json:"status"`
	UserAgent string `json:"user_agent"`

	// Verdict allow, warn, stream, quarantine, block; empty if there was none.
	Verdict string `json:"verdict"`
}

// PullKind defines model for Pull.Kind.
type PullKind string

// Quarantined defines model for Quarantined.
type Quarantined struct {
	// At Of the first refusal.
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty,omitzero"`
	Client  string    `json:"client"`
	Decided time.Time `json:"decided,omitempty,omitzero"`
	Digest  string    `json:"digest,omitempty,omitzero"`

	// Exception The one that was made.
	Exception int64 `json:"exception,omitempty,omitzero"`
	ID        int64 `json:"id"`

	// Last Of the last one.
	Last time.Time `json:"last"`

	// Reasons Worst first.
	Reasons []Reason `json:"reasons"`

	// Reference The tag or digest as it was asked for; empty if a blob's refusal was the first.
	Reference  string `json:"reference"`
	Registry   string `json:"registry"`
	Repository string `json:"repository"`

	// RequestID Of the refusal.
	RequestID string           `json:"request_id"`
	State     QuarantinedState `json:"state"`

	// Times How many there were.
	Times int64 `json:"times"`

	// Word What they said.
	Word string `json:"word,omitempty,omitzero"`
}

// QuarantinedState defines model for Quarantined.State.
type QuarantinedState string

// Reason defines model for Reason.
type Reason struct {
	// Action block, quarantine, or allow for a warning.
	Action string `json:"action"`

	// Audit The rule is in mode audit: the action is not taken.
	Audit   bool    `json:"audit,omitempty,omitzero"`
	Finding Finding `json:"finding"`

	// Message What it tells a developer.
	Message string `json:"message,omitempty,omitzero"`

	// Policy The policy's rule.
	Policy string `json:"policy"`
}

// Rejection defines model for Rejection.
type Rejection struct {
	Reason string `json:"reason"`
}

// Release defines model for Release.
type Release struct {
	// Expires Until when, instead.
	Expires time.Time `json:"expires,omitempty,omitzero"`

	// For For how long from now: 7d, 12h.
	For    string `json:"for,omitempty,omitzero"`
	Reason string `json:"reason"`
	Ticket string `json:"ticket,omitempty,omitzero"`
}

// Replay defines model for Replay.
type Replay struct {
	Changes []Difference `json:"changes"`
	Images  int64        `json:"images"`

	// Policy The revision in force.
	Policy string `json:"policy"`
	Pulls  int64  `json:"pulls"`

	// Tried That of the policy that was tried.
	Tried string `json:"tried"`

	// Unknown Images without all reports: what is said of them is not all.
	Unknown []UnknownName `json:"unknown"`
}

// ReplayClient defines model for ReplayClient.
type ReplayClient struct {
	Address string    `json:"address"`
	Last    time.Time `json:"last"`

	// Name By the policy that was tried.
	Name  string `json:"name"`
	Pulls int64  `json:"pulls"`
}

// Report defines model for Report.
type Report struct {
	// Bytes Compressed, as stored.
	Bytes    int64     `json:"bytes"`
	Digest   string    `json:"digest"`
	Files    int64     `json:"files"`
	Findings []Finding `json:"findings"`

	// Gaps What was not looked at.
	Gaps []Gap `json:"gaps"`

	// Kind manifest, config, layer or other.
	Kind string `json:"kind"`

	// Partial An engine could not be asked: it is inspected again before long.
	Partial bool   `json:"partial,omitempty,omitzero"`
	Ruleset string `json:"ruleset"`

	// Unpacked Bytes uncompressed.
	Unpacked int64 `json:"unpacked"`
}

// Request defines model for Request.
type Request struct {
	Asker   string    `json:"asker"`
	At      time.Time `json:"at"`
	By      string    `json:"by,omitempty,omitzero"`
	Client  string    `json:"client"`
	Decided time.Time `json:"decided,omitempty,omitzero"`
	Digest  string    `json:"digest,omitempty,omitzero"`

	// Exception The one that was made.
	Exception int64 `json:"exception,omitempty,omitzero"`
	ID        int64 `json:"id"`

	// Reasons Worst first.
	Reasons []Reason `json:"reasons"`

	// Reference The tag or digest as it was asked for; empty if a blob's refusal was the first.
	Reference  string `json:"reference"`
	Registry   string `json:"registry"`
	Repository string `json:"repository"`

	// RequestID Of the refusal.
	RequestID string       `json:"request_id"`
	State     RequestState `json:"state"`
	Why       string       `json:"why"`

	// Word What they said.
	Word string `json:"word,omitempty,omitzero"`
}

// RequestState defines model for Request.State.
type RequestState string

// Rule defines model for Rule.
type Rule struct {
	Category string `json:"category"`

	// Confidence The most that a finding of it claims.
	Confidence string `json:"confidence"`
	ID         string `json:"id"`
	Severity   string `json:"severity"`

	// Source Where that is known from.
	Source string `json:"source,omitempty,omitzero"`
	What   string `json:"what"`
}

// Rules defines model for Rules.
type Rules struct {
	// Policy The policy's revision, which covers what findings prove together and what is known of names.
	Policy string `json:"policy"`
	Rules  []Rule `json:"rules"`

	// Ruleset Changes with every rule, limit and feed.
	Ruleset string `json:"ruleset"`

	// Version Of the program.
	Version string `json:"version"`
}

// Scope defines model for Scope.
type Scope struct {
	// Client An address, a network (192.0.2.0/24), or a name that the policy has.
	Client string `json:"client,omitempty,omitzero"`

	// Digest Of an image, of an index that lists it, or of a layer.
	Digest string `json:"digest,omitempty,omitzero"`

	// Fingerprint The fingerprint of the finding.
	Fingerprint string `json:"fingerprint,omitempty,omitzero"`

	// Path The path of the file, or a pattern.
	Path string `json:"path,omitempty,omitzero"`

	// Repository A repository, or a pattern of them: acme/* (* stays within one part).
	Repository string `json:"repository,omitempty,omitzero"`

	// Rule The rule of the finding: miner/binary.
	Rule string `json:"rule,omitempty,omitzero"`

	// Tag A tag: the digest that was last pulled by it, unless follow_tag is set.
	Tag string `json:"tag,omitempty,omitzero"`
}

// Status defines model for Status.
type Status struct {
	Mode StatusMode `json:"mode"`

	// Parts ok or failed, by part.
	Parts map[string]string `json:"parts"`

	// Policy Its revision.
	Policy string `json:"policy"`

	// Ready As /readyz has it.
	Ready StatusReady `json:"ready"`

	// Registries That are mirrored; the first is that of names without one.
	Registries []string  `json:"registries"`
	Ruleset    string    `json:"ruleset"`
	Started    time.Time `json:"started"`

	// Upstream Of the first registry.
	Upstream string `json:"upstream"`

	// Version Of the program.
	Version string `json:"version"`
}

// StatusMode defines model for Status.Mode.
type StatusMode string

// StatusReady As /readyz has it.
type StatusReady string

// Token defines model for Token.
type Token struct {
	Author  string    `json:"author"`
	Created time.Time `json:"created"`

	// Expires Absent if it does not.
	Expires time.Time `json:"expires,omitempty,omitzero"`
	ID      int64     `json:"id"`

	// LastUsed To the minute; absent if it never was.
	LastUsed time.Time `json:"last_used,omitempty,omitzero"`

	// Name As the audit log has it.
	Name string `json:"name"`

	// Revoked When it was; absent if it was not.
	Revoked   time.Time  `json:"revoked,omitempty,omitzero"`
	RevokedBy string     `json:"revoked_by,omitempty,omitzero"`
	Role      TokenRole  `json:"role"`
	State     TokenState `json:"state"`
}

// TokenRole defines model for Token.Role.
type TokenRole string

// TokenState defines model for Token.State.
type TokenState string

// Trial defines model for Trial.
type Trial struct {
	// Since 30d, 12h, or a time of RFC 3339; 30d without it.
	Since string `json:"since,omitempty,omitzero"`

	// Text The file, YAML.
	Text string `json:"text"`
}

// UnknownName defines model for UnknownName.
type UnknownName struct {
	Digest     string `json:"digest"`
	Repository string `json:"repository"`
}

// Verification defines model for Verification.
type Verification struct {
	// Hash Its hash. Keep both elsewhere, and give them as head at the next time.
	Hash string `json:"hash"`

	// ID Of the last row that is as it was written.
	ID int64 `json:"id"`

	// Tampered The first row that is not.
	Tampered int64  `json:"tampered,omitempty,omitzero"`
	Whole    bool   `json:"whole"`
	Why      string `json:"why,omitempty,omitzero"`
}

// ListAuditParams defines parameters for ListAudit.
type ListAuditParams struct {
	// Cursor Where to go on: next of the page before.
	Cursor string `form:"cursor,omitempty" json:"cursor,omitempty,omitzero"`

	// Limit How many at most; 100 if it is 0 or absent.
	Limit int64 `form:"limit,omitempty" json:"limit,omitempty,omitzero"`
}

// VerifyAuditParams defines parameters for VerifyAudit.
type VerifyAuditParams struct {
	// Head The head, ID:HASH, of an earlier verification: shows that the end was not cut, nor the log written anew.
	Head string `form:"head,omitempty" json:"head,omitempty,omitzero"`
}

// ListExceptionsParams defines parameters for ListExceptions.
type ListExceptionsParams struct {
	// Cursor Where to go on: next of the page before.
	Cursor string `form:"cursor,omitempty" json:"cursor,omitempty,omitzero"`

	// Limit How many at most; 100 if it is 0 or absent.
	Limit int64 `form:"limit,omitempty" json:"limit,omitempty,omitzero"`

	// All Those that have expired or were revoked as well.
	All bool `form:"all,omitempty" json:"all,omitempty,omitzero"`

	// Source hand, or import NAME.
	Source string `form:"source,omitempty" json:"source,omitempty,omitzero"`
}

// CreateExceptionParams defines parameters for CreateException.
type CreateExceptionParams struct {
	// IdempotencyKey Makes asking again safe: within 24 hours, the same request with the same key by the same caller is done once.
	IdempotencyKey string `json:"Idempotency-Key,omitempty,omitzero"`
}

// ListExposuresParams defines parameters for ListExposures.
type ListExposuresParams struct {
	// Cursor Where to go on: next of the page before.
	Cursor string `form:"cursor,omitempty" json:"cursor,omitempty,omitzero"`

	// Limit How many at most; 100 if it is 0 or absent.
	Limit int64 `form:"limit,omitempty" json:"limit,omitempty,omitzero"`

	// All Those that would pass again as well; so it is with a digest.
	All bool `form:"all,omitempty" json:"all,omitempty,omitzero"`

	// State Those in this state.
	State ListExposuresParamsState `form:"state,omitempty" json:"state,omitempty,omitzero"`

	// Digest Of the image with this digest.
	Digest string `form:"digest,omitempty" json:"digest,omitempty,omitzero"`
}

// ListExposuresParamsState defines parameters for ListExposures.
type ListExposuresParamsState string

// ListImagesParams defines parameters for ListImages.
type ListImagesParams struct {
	// Cursor Where to go on: next of the page before.
	Cursor string `form:"cursor,omitempty" json:"cursor,omitempty,omitzero"`

	// Limit How many at most; 100 if it is 0 or absent.
	Limit int64 `form:"limit,omitempty" json:"limit,omitempty,omitzero"`

	// Repository Of this repository.
	Repository string `form:"repository,omitempty" json:"repository,omitempty,omitzero"`

	// Digest With this digest.
	Digest string `form:"digest,omitempty" json:"digest,omitempty,omitzero"`

	// Passed Given to a client not longer ago than this: 30d, 12h, or a time of RFC 3339.
	Passed string `form:"passed,omitempty" json:"passed,omitempty,omitzero"`
}

// ExplainImageParams defines parameters for ExplainImage.
type ExplainImageParams struct {
	// Name Judge the image under this repository's name.
	Name string `form:"name,omitempty" json:"name,omitempty,omitzero"`

	// Client Judge it for the client of this address.
	Client string `form:"client,omitempty" json:"client,omitempty,omitzero"`
}

// ListNotificationsParams defines parameters for ListNotifications.
type ListNotificationsParams struct {
	// Cursor Where to go on: next of the page before.
	Cursor string `form:"cursor,omitempty" json:"cursor,omitempty,omitzero"`

	// Limit How many at most; 100 if it is 0 or absent.
	Limit int64 `form:"limit,omitempty" json:"limit,omitempty,omitzero"`

	// State Those in this state; all without it.
	State ListNotificationsParamsState `form:"state,omitempty" json:"state,omitempty,omitzero"`

	// Type Those of this type: pull.refused.
	Type string `form:"type,omitempty" json:"type,omitempty,omitzero"`
}

// ListNotificationsParamsState defines parameters for ListNotifications.
type ListNotificationsParamsState string

// GetPolicyParams defines parameters for GetPolicy.
type GetPolicyParams struct {
	// IfNoneMatch ETags; 304 if the policy in force has one of them.
	IfNoneMatch []string `json:"If-None-Match,omitempty,omitzero"`
}

// TestPolicyParams defines parameters for TestPolicy.
type TestPolicyParams struct {
	// IfMatch ETags; 412 if the policy in force, that it is compared with, has none of them.
	IfMatch []string `json:"If-Match,omitempty,omitzero"`
}

// ListPullsParams defines parameters for ListPulls.
type ListPullsParams struct {
	// Cursor Where to go on: next of the page before.
	Cursor string `form:"cursor,omitempty" json:"cursor,omitempty,omitzero"`

	// Limit How many at most; 100 if it is 0 or absent.
	Limit int64 `form:"limit,omitempty" json:"limit,omitempty,omitzero"`

	// Digest Of a manifest or blob.
	Digest string `form:"digest,omitempty" json:"digest,omitempty,omitzero"`

	// Image Rows about the image with this digest, its blobs included.
	Image string `form:"image,omitempty" json:"image,omitempty,omitzero"`

	// Repository Of this repository.
	Repository string `form:"repository,omitempty" json:"repository,omitempty,omitzero"`

	// Client Of this client: its address, or the name that the policy has for it.
	Client string `form:"client,omitempty" json:"client,omitempty,omitzero"`

	// Verdict With this verdict.
	Verdict ListPullsParamsVerdict `form:"verdict,omitempty" json:"verdict,omitempty,omitzero"`

	// Request The one with this request ID.
	Request string `form:"request,omitempty" json:"request,omitempty,omitzero"`

	// Since Not older than this: 30d, 12h, or a time of RFC 3339.
	Since string `form:"since,omitempty" json:"since,omitempty,omitzero"`
}

// ListPullsParamsVerdict defines parameters for ListPulls.
type ListPullsParamsVerdict string

// ListQuarantineParams defines parameters for ListQuarantine.
type ListQuarantineParams struct {
	// Cursor Where to go on: next of the page before.
	Cursor string `form:"cursor,omitempty" json:"cursor,omitempty,omitzero"`

	// Limit How many at most; 100 if it is 0 or absent.
	Limit int64 `form:"limit,omitempty" json:"limit,omitempty,omitzero"`

	// State Those in this state; all without it.
	State ListQuarantineParamsState `form:"state,omitempty" json:"state,omitempty,omitzero"`
}

// ListQuarantineParamsState defines parameters for ListQuarantine.
type ListQuarantineParamsState string

// GetEvidenceParams defines parameters for GetEvidence.
type GetEvidenceParams struct {
	// Finding The fingerprint of one of the findings: its file, from a little before it on.
	Finding string `form:"finding,omitempty" json:"finding,omitempty,omitzero"`

	// Layer The digest of a layer, the config or the manifest, instead.
	Layer string `form:"layer,omitempty" json:"layer,omitempty,omitzero"`

	// Path The file in the layer; without it the blob as it is stored.
	Path string `form:"path,omitempty" json:"path,omitempty,omitzero"`

	// Offset Bytes from the start of the file, or with finding from where that begins.
	Offset int64 `form:"offset,omitempty" json:"offset,omitempty,omitzero"`

	// Length How many bytes at most; 4096 if it is 0 or absent.
	Length int64 `form:"length,omitempty" json:"length,omitempty,omitzero"`
}

// ListRequestsParams defines parameters for ListRequests.
type ListRequestsParams struct {
	// Cursor Where to go on: next of the page before.
	Cursor string `form:"cursor,omitempty" json:"cursor,omitempty,omitzero"`

	// Limit How many at most; 100 if it is 0 or absent.
	Limit int64 `form:"limit,omitempty" json:"limit,omitempty,omitzero"`

	// State Those in this state; all without it.
	State ListRequestsParamsState `form:"state,omitempty" json:"state,omitempty,omitzero"`
}

// ListRequestsParamsState defines parameters for ListRequests.
type ListRequestsParamsState string

// CreateRequestParams defines parameters for CreateRequest.
type CreateRequestParams struct {
	// IdempotencyKey Makes asking again safe: within 24 hours, the same request with the same key by the same caller is done once.
	IdempotencyKey string `json:"Idempotency-Key,omitempty,omitzero"`
}

// ListTokensParams defines parameters for ListTokens.
type ListTokensParams struct {
	// Cursor Where to go on: next of the page before.
	Cursor string `form:"cursor,omitempty" json:"cursor,omitempty,omitzero"`

	// Limit How many at most; 100 if it is 0 or absent.
	Limit int64 `form:"limit,omitempty" json:"limit,omitempty,omitzero"`

	// All Those that have expired or were revoked as well.
	All bool `form:"all,omitempty" json:"all,omitempty,omitzero"`
}

// CreateExceptionJSONRequestBody defines body for CreateException for application/json ContentType.
type CreateExceptionJSONRequestBody = NewException

// ImportExceptionsJSONRequestBody defines body for ImportExceptions for application/json ContentType.
type ImportExceptionsJSONRequestBody = Import

// RenewExceptionJSONRequestBody defines body for RenewException for application/json ContentType.
type RenewExceptionJSONRequestBody = Lifetime

// TestPolicyJSONRequestBody defines body for TestPolicy for application/json ContentType.
type TestPolicyJSONRequestBody = Trial

// ValidatePolicyJSONRequestBody defines body for ValidatePolicy for application/json ContentType.
type ValidatePolicyJSONRequestBody = PolicyText

// RejectQuarantinedJSONRequestBody defines body for RejectQuarantined for application/json ContentType.
type RejectQuarantinedJSONRequestBody = Rejection

// ReleaseQuarantinedJSONRequestBody defines body for ReleaseQuarantined for application/json ContentType.
type ReleaseQuarantinedJSONRequestBody = Release

// CreateRequestJSONRequestBody defines body for CreateRequest for application/json ContentType.
type CreateRequestJSONRequestBody = NewRequest

// ApproveRequestJSONRequestBody defines body for ApproveRequest for application/json ContentType.
type ApproveRequestJSONRequestBody = Approval

// DeclineRequestJSONRequestBody defines body for DeclineRequest for application/json ContentType.
type DeclineRequestJSONRequestBody = Declining

// CreateTokenJSONRequestBody defines body for CreateToken for application/json ContentType.
type CreateTokenJSONRequestBody = NewToken

// RequestEditorFn is the function signature for the RequestEditor callback function
type RequestEditorFn func(ctx context.Context, req *http.Request) error

// Doer performs HTTP requests.
//
// The standard http.Client implements this interface.
type HttpRequestDoer interface {
	Do(req *http.Request) (*http.Response, error)
}

// Client which conforms to the OpenAPI3 specification for this service.
type Client struct {
	// The endpoint of the server conforming to this interface, with scheme,
	// https://api.deepmap.com for example. This can contain a path relative
	// to the server, such as https://api.deepmap.com/dev-test, and all the
	// paths in the swagger spec will be appended to the server.
	Server string

	// Doer for performing requests, typically a *http.Client with any
	// customized settings, such as certificate chains.
	Client HttpRequestDoer

	// A list of callbacks for modifying requests which are generated before sending over
	// the network.
	RequestEditors []RequestEditorFn
}

// ClientOption allows setting custom parameters during construction
type ClientOption func(*Client) error

// Creates a new Client, with reasonable defaults
func NewClient(server string, opts ...ClientOption) (*Client, error) {
	// create a client with sane default values
	client := Client{
		Server: server,
	}
	// mutate client and add all optional params
	for _, o := range opts {
		if err := o(&client); err != nil {
			return nil, err
		}
	}
	// ensure the server URL always has a trailing slash
	if !strings.HasSuffix(client.Server, "/") {
		client.Server += "/"
	}
	// create httpClient, if not already present
	if client.Client == nil {
		client.Client = &http.Client{}
	}
	return &client, nil
}

// WithHTTPClient allows overriding the default Doer, which is
// automatically created using http.Client. This is useful for tests.
func WithHTTPClient(doer HttpRequestDoer) ClientOption {
	return func(c *Client) error {
		c.Client = doer
		return nil
	}
}

// WithRequestEditorFn allows setting up a callback function, which will be
// called right before sending the request. This can be used to mutate the request.
func WithRequestEditorFn(fn RequestEditorFn) ClientOption {
	return func(c *Client) error {
		c.RequestEditors = append(c.RequestEditors, fn)
		return nil
	}
}

// The interface specification for the client above.
type ClientInterface interface {

	// ListAudit List changes, newest first
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/audit (the `ListAudit` operationId).
	ListAudit(ctx context.Context, params *ListAuditParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// VerifyAudit Read the whole audit log and say whether it is what was written
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/audit/verify (the `VerifyAudit` operationId).
	VerifyAudit(ctx context.Context, params *VerifyAuditParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ListExceptions List exceptions, newest first
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/exceptions (the `ListExceptions` operationId).
	ListExceptions(ctx context.Context, params *ListExceptionsParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// CreateExceptionWithBody Add an exception
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type.
	//
	// Corresponds with POST /api/v1/exceptions (the `CreateException` operationId).
	CreateExceptionWithBody(ctx context.Context, params *CreateExceptionParams, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error)

	// CreateException Add an exception
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type.
	//
	// Corresponds with POST /api/v1/exceptions (the `CreateException` operationId).
	CreateException(ctx context.Context, params *CreateExceptionParams, body CreateExceptionJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ImportExceptionsWithBody Put the exceptions of a source in force, and end those it no longer has
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type.
	//
	// Corresponds with POST /api/v1/exceptions/import (the `ImportExceptions` operationId).
	ImportExceptionsWithBody(ctx context.Context, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ImportExceptions Put the exceptions of a source in force, and end those it no longer has
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type.
	//
	// Corresponds with POST /api/v1/exceptions/import (the `ImportExceptions` operationId).
	ImportExceptions(ctx context.Context, body ImportExceptionsJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error)

	// GetException Show an exception
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/exceptions/{id} (the `GetException` operationId).
	GetException(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error)

	// RenewExceptionWithBody Let an exception hold for longer, or for less
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type.
	//
	// Corresponds with POST /api/v1/exceptions/{id}/renew (the `RenewException` operationId).
	RenewExceptionWithBody(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error)

	// RenewException Let an exception hold for longer, or for less
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type.
	//
	// Corresponds with POST /api/v1/exceptions/{id}/renew (the `RenewException` operationId).
	RenewException(ctx context.Context, id int64, body RenewExceptionJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error)

	// RevokeException End an exception now
	//
	// The least role is reviewer.
	//
	// Corresponds with POST /api/v1/exceptions/{id}/revoke (the `RevokeException` operationId).
	RevokeException(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ListExposures List images that clients have and that would be refused now, newest first
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/exposures (the `ListExposures` operationId).
	ListExposures(ctx context.Context, params *ListExposuresParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ListFeeds List the feeds, and how fresh they are
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/feeds (the `ListFeeds` operationId).
	ListFeeds(ctx context.Context, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ListImages List images that clients asked for, by their names
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/images (the `ListImages` operationId).
	ListImages(ctx context.Context, params *ListImagesParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ExplainImage Show every finding on an image or a blob, and what the policy makes of it
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/images/{digest} (the `ExplainImage` operationId).
	ExplainImage(ctx context.Context, digest string, params *ExplainImageParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// GetLogin Say where people log in
	//
	// Nobody needs a role for this.
	//
	// Corresponds with GET /api/v1/login (the `GetLogin` operationId).
	GetLogin(ctx context.Context, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ListNotifications List what webhooks are told, newest first
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/notifications (the `ListNotifications` operationId).
	ListNotifications(ctx context.Context, params *ListNotificationsParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// GetNotification Show a notification and its deliveries
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/notifications/{id} (the `GetNotification` operationId).
	GetNotification(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ReplayNotification Deliver anew what was given up
	//
	// The least role is reviewer.
	//
	// Corresponds with POST /api/v1/notifications/{id}/replay (the `ReplayNotification` operationId).
	ReplayNotification(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error)

	// GetPolicy Show the policy in force
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/policy (the `GetPolicy` operationId).
	GetPolicy(ctx context.Context, params *GetPolicyParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// TestPolicyWithBody Say what another policy would have made of the pulls on record
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type.
	//
	// Corresponds with POST /api/v1/policy/test (the `TestPolicy` operationId).
	TestPolicyWithBody(ctx context.Context, params *TestPolicyParams, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error)

	// TestPolicy Say what another policy would have made of the pulls on record
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type.
	//
	// Corresponds with POST /api/v1/policy/test (the `TestPolicy` operationId).
	TestPolicy(ctx context.Context, params *TestPolicyParams, body TestPolicyJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ValidatePolicyWithBody Check a policy file
	//
	// The least role is viewer.
	//
	// Takes any type of body and a specified content type.
	//
	// Corresponds with POST /api/v1/policy/validate (the `ValidatePolicy` operationId).
	ValidatePolicyWithBody(ctx context.Context, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ValidatePolicy Check a policy file
	//
	// The least role is viewer.
	//
	// Takes a body of the `application/json` content type.
	//
	// Corresponds with POST /api/v1/policy/validate (the `ValidatePolicy` operationId).
	ValidatePolicy(ctx context.Context, body ValidatePolicyJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ListPulls List who pulled what, newest first
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/pulls (the `ListPulls` operationId).
	ListPulls(ctx context.Context, params *ListPullsParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ListQuarantine List what is or was in quarantine, newest first
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/quarantine (the `ListQuarantine` operationId).
	ListQuarantine(ctx context.Context, params *ListQuarantineParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// GetQuarantined Show an image in quarantine with the findings it is there for
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/quarantine/{id} (the `GetQuarantined` operationId).
	GetQuarantined(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error)

	// GetEvidence Look at the bytes that a finding is about; each look is in the audit log
	//
	// The least role is reviewer.
	//
	// Corresponds with GET /api/v1/quarantine/{id}/evidence (the `GetEvidence` operationId).
	GetEvidence(ctx context.Context, id int64, params *GetEvidenceParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// RejectQuarantinedWithBody Leave an image refused, and take it from the list of what waits
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type.
	//
	// Corresponds with POST /api/v1/quarantine/{id}/reject (the `RejectQuarantined` operationId).
	RejectQuarantinedWithBody(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error)

	// RejectQuarantined Leave an image refused, and take it from the list of what waits
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type.
	//
	// Corresponds with POST /api/v1/quarantine/{id}/reject (the `RejectQuarantined` operationId).
	RejectQuarantined(ctx context.Context, id int64, body RejectQuarantinedJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ReleaseQuarantinedWithBody Make an exception for an image in quarantine
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type.
	//
	// Corresponds with POST /api/v1/quarantine/{id}/release (the `ReleaseQuarantined` operationId).
	ReleaseQuarantinedWithBody(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ReleaseQuarantined Make an exception for an image in quarantine
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type.
	//
	// Corresponds with POST /api/v1/quarantine/{id}/release (the `ReleaseQuarantined` operationId).
	ReleaseQuarantined(ctx context.Context, id int64, body ReleaseQuarantinedJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error)

	// GetReport Show what is known of one blob under the rule set in force
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/reports/{digest} (the `GetReport` operationId).
	GetReport(ctx context.Context, digest string, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ListRequests List requests, newest first
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/requests (the `ListRequests` operationId).
	ListRequests(ctx context.Context, params *ListRequestsParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// CreateRequestWithBody Ask for an exception for what was refused
	//
	// Nobody needs a role for this.
	//
	// Takes any type of body and a specified content type.
	//
	// Corresponds with POST /api/v1/requests (the `CreateRequest` operationId).
	CreateRequestWithBody(ctx context.Context, params *CreateRequestParams, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error)

	// CreateRequest Ask for an exception for what was refused
	//
	// Nobody needs a role for this.
	//
	// Takes a body of the `application/json` content type.
	//
	// Corresponds with POST /api/v1/requests (the `CreateRequest` operationId).
	CreateRequest(ctx context.Context, params *CreateRequestParams, body CreateRequestJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error)

	// GetRequest Show a request
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/requests/{id} (the `GetRequest` operationId).
	GetRequest(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ApproveRequestWithBody Make an exception of a request
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type.
	//
	// Corresponds with POST /api/v1/requests/{id}/approve (the `ApproveRequest` operationId).
	ApproveRequestWithBody(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ApproveRequest Make an exception of a request
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type.
	//
	// Corresponds with POST /api/v1/requests/{id}/approve (the `ApproveRequest` operationId).
	ApproveRequest(ctx context.Context, id int64, body ApproveRequestJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error)

	// DeclineRequestWithBody Answer a request without an exception
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type.
	//
	// Corresponds with POST /api/v1/requests/{id}/decline (the `DeclineRequest` operationId).
	DeclineRequestWithBody(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error)

	// DeclineRequest Answer a request without an exception
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type.
	//
	// Corresponds with POST /api/v1/requests/{id}/decline (the `DeclineRequest` operationId).
	DeclineRequest(ctx context.Context, id int64, body DeclineRequestJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ListRules List what is looked for
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/rules (the `ListRules` operationId).
	ListRules(ctx context.Context, reqEditors ...RequestEditorFn) (*http.Response, error)

	// GetStatus Show what is in force, and whether all of it is well
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/status (the `GetStatus` operationId).
	GetStatus(ctx context.Context, reqEditors ...RequestEditorFn) (*http.Response, error)

	// ListTokens List API tokens, newest first
	//
	// The least role is admin.
	//
	// Corresponds with GET /api/v1/tokens (the `ListTokens` operationId).
	ListTokens(ctx context.Context, params *ListTokensParams, reqEditors ...RequestEditorFn) (*http.Response, error)

	// CreateTokenWithBody Make an API token; the answer shows it, this once
	//
	// The least role is admin.
	//
	// Takes any type of body and a specified content type.
	//
	// Corresponds with POST /api/v1/tokens (the `CreateToken` operationId).
	CreateTokenWithBody(ctx context.Context, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error)

	// CreateToken Make an API token; the answer shows it, this once
	//
	// The least role is admin.
	//
	// Takes a body of the `application/json` content type.
	//
	// Corresponds with POST /api/v1/tokens (the `CreateToken` operationId).
	CreateToken(ctx context.Context, body CreateTokenJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error)

	// RevokeToken End an API token now
	//
	// The least role is admin.
	//
	// Corresponds with POST /api/v1/tokens/{id}/revoke (the `RevokeToken` operationId).
	RevokeToken(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error)

	// WhoAmI Say who sends the request, and what they may
	//
	// The least role is viewer.
	//
	// Corresponds with GET /api/v1/whoami (the `WhoAmI` operationId).
	WhoAmI(ctx context.Context, reqEditors ...RequestEditorFn) (*http.Response, error)
}

// ListAudit List changes, newest first
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/audit (the `ListAudit` operationId).
func (c *Client) ListAudit(ctx context.Context, params *ListAuditParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewListAuditRequest(c.Server, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// VerifyAudit Read the whole audit log and say whether it is what was written
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/audit/verify (the `VerifyAudit` operationId).
func (c *Client) VerifyAudit(ctx context.Context, params *VerifyAuditParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewVerifyAuditRequest(c.Server, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ListExceptions List exceptions, newest first
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/exceptions (the `ListExceptions` operationId).
func (c *Client) ListExceptions(ctx context.Context, params *ListExceptionsParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewListExceptionsRequest(c.Server, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// CreateExceptionWithBody Add an exception
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type.
//
// Corresponds with POST /api/v1/exceptions (the `CreateException` operationId).
func (c *Client) CreateExceptionWithBody(ctx context.Context, params *CreateExceptionParams, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewCreateExceptionRequestWithBody(c.Server, params, contentType, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// CreateException Add an exception
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type.
//
// Corresponds with POST /api/v1/exceptions (the `CreateException` operationId).
func (c *Client) CreateException(ctx context.Context, params *CreateExceptionParams, body CreateExceptionJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewCreateExceptionRequest(c.Server, params, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ImportExceptionsWithBody Put the exceptions of a source in force, and end those it no longer has
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type.
//
// Corresponds with POST /api/v1/exceptions/import (the `ImportExceptions` operationId).
func (c *Client) ImportExceptionsWithBody(ctx context.Context, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewImportExceptionsRequestWithBody(c.Server, contentType, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ImportExceptions Put the exceptions of a source in force, and end those it no longer has
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type.
//
// Corresponds with POST /api/v1/exceptions/import (the `ImportExceptions` operationId).
func (c *Client) ImportExceptions(ctx context.Context, body ImportExceptionsJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewImportExceptionsRequest(c.Server, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// GetException Show an exception
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/exceptions/{id} (the `GetException` operationId).
func (c *Client) GetException(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewGetExceptionRequest(c.Server, id)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// RenewExceptionWithBody Let an exception hold for longer, or for less
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type.
//
// Corresponds with POST /api/v1/exceptions/{id}/renew (the `RenewException` operationId).
func (c *Client) RenewExceptionWithBody(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewRenewExceptionRequestWithBody(c.Server, id, contentType, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// RenewException Let an exception hold for longer, or for less
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type.
//
// Corresponds with POST /api/v1/exceptions/{id}/renew (the `RenewException` operationId).
func (c *Client) RenewException(ctx context.Context, id int64, body RenewExceptionJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewRenewExceptionRequest(c.Server, id, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// RevokeException End an exception now
//
// The least role is reviewer.
//
// Corresponds with POST /api/v1/exceptions/{id}/revoke (the `RevokeException` operationId).
func (c *Client) RevokeException(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewRevokeExceptionRequest(c.Server, id)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ListExposures List images that clients have and that would be refused now, newest first
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/exposures (the `ListExposures` operationId).
func (c *Client) ListExposures(ctx context.Context, params *ListExposuresParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewListExposuresRequest(c.Server, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ListFeeds List the feeds, and how fresh they are
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/feeds (the `ListFeeds` operationId).
func (c *Client) ListFeeds(ctx context.Context, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewListFeedsRequest(c.Server)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ListImages List images that clients asked for, by their names
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/images (the `ListImages` operationId).
func (c *Client) ListImages(ctx context.Context, params *ListImagesParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewListImagesRequest(c.Server, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ExplainImage Show every finding on an image or a blob, and what the policy makes of it
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/images/{digest} (the `ExplainImage` operationId).
func (c *Client) ExplainImage(ctx context.Context, digest string, params *ExplainImageParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewExplainImageRequest(c.Server, digest, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// GetLogin Say where people log in
//
// Nobody needs a role for this.
//
// Corresponds with GET /api/v1/login (the `GetLogin` operationId).
func (c *Client) GetLogin(ctx context.Context, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewGetLoginRequest(c.Server)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ListNotifications List what webhooks are told, newest first
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/notifications (the `ListNotifications` operationId).
func (c *Client) ListNotifications(ctx context.Context, params *ListNotificationsParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewListNotificationsRequest(c.Server, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// GetNotification Show a notification and its deliveries
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/notifications/{id} (the `GetNotification` operationId).
func (c *Client) GetNotification(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewGetNotificationRequest(c.Server, id)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ReplayNotification Deliver anew what was given up
//
// The least role is reviewer.
//
// Corresponds with POST /api/v1/notifications/{id}/replay (the `ReplayNotification` operationId).
func (c *Client) ReplayNotification(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewReplayNotificationRequest(c.Server, id)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// GetPolicy Show the policy in force
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/policy (the `GetPolicy` operationId).
func (c *Client) GetPolicy(ctx context.Context, params *GetPolicyParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewGetPolicyRequest(c.Server, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// TestPolicyWithBody Say what another policy would have made of the pulls on record
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type.
//
// Corresponds with POST /api/v1/policy/test (the `TestPolicy` operationId).
func (c *Client) TestPolicyWithBody(ctx context.Context, params *TestPolicyParams, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewTestPolicyRequestWithBody(c.Server, params, contentType, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// TestPolicy Say what another policy would have made of the pulls on record
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type.
//
// Corresponds with POST /api/v1/policy/test (the `TestPolicy` operationId).
func (c *Client) TestPolicy(ctx context.Context, params *TestPolicyParams, body TestPolicyJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewTestPolicyRequest(c.Server, params, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ValidatePolicyWithBody Check a policy file
//
// The least role is viewer.
//
// Takes any type of body and a specified content type.
//
// Corresponds with POST /api/v1/policy/validate (the `ValidatePolicy` operationId).
func (c *Client) ValidatePolicyWithBody(ctx context.Context, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewValidatePolicyRequestWithBody(c.Server, contentType, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ValidatePolicy Check a policy file
//
// The least role is viewer.
//
// Takes a body of the `application/json` content type.
//
// Corresponds with POST /api/v1/policy/validate (the `ValidatePolicy` operationId).
func (c *Client) ValidatePolicy(ctx context.Context, body ValidatePolicyJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewValidatePolicyRequest(c.Server, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ListPulls List who pulled what, newest first
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/pulls (the `ListPulls` operationId).
func (c *Client) ListPulls(ctx context.Context, params *ListPullsParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewListPullsRequest(c.Server, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ListQuarantine List what is or was in quarantine, newest first
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/quarantine (the `ListQuarantine` operationId).
func (c *Client) ListQuarantine(ctx context.Context, params *ListQuarantineParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewListQuarantineRequest(c.Server, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// GetQuarantined Show an image in quarantine with the findings it is there for
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/quarantine/{id} (the `GetQuarantined` operationId).
func (c *Client) GetQuarantined(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewGetQuarantinedRequest(c.Server, id)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// GetEvidence Look at the bytes that a finding is about; each look is in the audit log
//
// The least role is reviewer.
//
// Corresponds with GET /api/v1/quarantine/{id}/evidence (the `GetEvidence` operationId).
func (c *Client) GetEvidence(ctx context.Context, id int64, params *GetEvidenceParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewGetEvidenceRequest(c.Server, id, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// RejectQuarantinedWithBody Leave an image refused, and take it from the list of what waits
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type.
//
// Corresponds with POST /api/v1/quarantine/{id}/reject (the `RejectQuarantined` operationId).
func (c *Client) RejectQuarantinedWithBody(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewRejectQuarantinedRequestWithBody(c.Server, id, contentType, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// RejectQuarantined Leave an image refused, and take it from the list of what waits
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type.
//
// Corresponds with POST /api/v1/quarantine/{id}/reject (the `RejectQuarantined` operationId).
func (c *Client) RejectQuarantined(ctx context.Context, id int64, body RejectQuarantinedJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewRejectQuarantinedRequest(c.Server, id, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ReleaseQuarantinedWithBody Make an exception for an image in quarantine
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type.
//
// Corresponds with POST /api/v1/quarantine/{id}/release (the `ReleaseQuarantined` operationId).
func (c *Client) ReleaseQuarantinedWithBody(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewReleaseQuarantinedRequestWithBody(c.Server, id, contentType, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ReleaseQuarantined Make an exception for an image in quarantine
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type.
//
// Corresponds with POST /api/v1/quarantine/{id}/release (the `ReleaseQuarantined` operationId).
func (c *Client) ReleaseQuarantined(ctx context.Context, id int64, body ReleaseQuarantinedJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewReleaseQuarantinedRequest(c.Server, id, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// GetReport Show what is known of one blob under the rule set in force
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/reports/{digest} (the `GetReport` operationId).
func (c *Client) GetReport(ctx context.Context, digest string, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewGetReportRequest(c.Server, digest)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ListRequests List requests, newest first
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/requests (the `ListRequests` operationId).
func (c *Client) ListRequests(ctx context.Context, params *ListRequestsParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewListRequestsRequest(c.Server, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// CreateRequestWithBody Ask for an exception for what was refused
//
// Nobody needs a role for this.
//
// Takes any type of body and a specified content type.
//
// Corresponds with POST /api/v1/requests (the `CreateRequest` operationId).
func (c *Client) CreateRequestWithBody(ctx context.Context, params *CreateRequestParams, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewCreateRequestRequestWithBody(c.Server, params, contentType, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// CreateRequest Ask for an exception for what was refused
//
// Nobody needs a role for this.
//
// Takes a body of the `application/json` content type.
//
// Corresponds with POST /api/v1/requests (the `CreateRequest` operationId).
func (c *Client) CreateRequest(ctx context.Context, params *CreateRequestParams, body CreateRequestJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewCreateRequestRequest(c.Server, params, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// GetRequest Show a request
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/requests/{id} (the `GetRequest` operationId).
func (c *Client) GetRequest(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewGetRequestRequest(c.Server, id)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ApproveRequestWithBody Make an exception of a request
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type.
//
// Corresponds with POST /api/v1/requests/{id}/approve (the `ApproveRequest` operationId).
func (c *Client) ApproveRequestWithBody(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewApproveRequestRequestWithBody(c.Server, id, contentType, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ApproveRequest Make an exception of a request
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type.
//
// Corresponds with POST /api/v1/requests/{id}/approve (the `ApproveRequest` operationId).
func (c *Client) ApproveRequest(ctx context.Context, id int64, body ApproveRequestJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewApproveRequestRequest(c.Server, id, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// DeclineRequestWithBody Answer a request without an exception
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type.
//
// Corresponds with POST /api/v1/requests/{id}/decline (the `DeclineRequest` operationId).
func (c *Client) DeclineRequestWithBody(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewDeclineRequestRequestWithBody(c.Server, id, contentType, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// DeclineRequest Answer a request without an exception
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type.
//
// Corresponds with POST /api/v1/requests/{id}/decline (the `DeclineRequest` operationId).
func (c *Client) DeclineRequest(ctx context.Context, id int64, body DeclineRequestJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewDeclineRequestRequest(c.Server, id, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ListRules List what is looked for
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/rules (the `ListRules` operationId).
func (c *Client) ListRules(ctx context.Context, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewListRulesRequest(c.Server)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// GetStatus Show what is in force, and whether all of it is well
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/status (the `GetStatus` operationId).
func (c *Client) GetStatus(ctx context.Context, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewGetStatusRequest(c.Server)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// ListTokens List API tokens, newest first
//
// The least role is admin.
//
// Corresponds with GET /api/v1/tokens (the `ListTokens` operationId).
func (c *Client) ListTokens(ctx context.Context, params *ListTokensParams, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewListTokensRequest(c.Server, params)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// CreateTokenWithBody Make an API token; the answer shows it, this once
//
// The least role is admin.
//
// Takes any type of body and a specified content type.
//
// Corresponds with POST /api/v1/tokens (the `CreateToken` operationId).
func (c *Client) CreateTokenWithBody(ctx context.Context, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewCreateTokenRequestWithBody(c.Server, contentType, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// CreateToken Make an API token; the answer shows it, this once
//
// The least role is admin.
//
// Takes a body of the `application/json` content type.
//
// Corresponds with POST /api/v1/tokens (the `CreateToken` operationId).
func (c *Client) CreateToken(ctx context.Context, body CreateTokenJSONRequestBody, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewCreateTokenRequest(c.Server, body)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// RevokeToken End an API token now
//
// The least role is admin.
//
// Corresponds with POST /api/v1/tokens/{id}/revoke (the `RevokeToken` operationId).
func (c *Client) RevokeToken(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewRevokeTokenRequest(c.Server, id)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// WhoAmI Say who sends the request, and what they may
//
// The least role is viewer.
//
// Corresponds with GET /api/v1/whoami (the `WhoAmI` operationId).
func (c *Client) WhoAmI(ctx context.Context, reqEditors ...RequestEditorFn) (*http.Response, error) {
	req, err := NewWhoAmIRequest(c.Server)
	if err != nil {
		return nil, err
	}
	req = req.WithContext(ctx)
	if err := c.applyEditors(ctx, req, reqEditors); err != nil {
		return nil, err
	}
	return c.Client.Do(req)
}

// NewListAuditRequest constructs an http.Request for the ListAudit method
func NewListAuditRequest(server string, params *ListAuditParams) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/audit")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	if params != nil {
		// queryValues collects non-styled parameters (passthrough, JSON)
		// that are safe to round-trip through url.Values.Encode().
		queryValues := queryURL.Query()
		// rawQueryFragments collects pre-encoded query fragments from
		// styled parameters, preserving literal commas as delimiters
		// per the OpenAPI spec (e.g. "color=blue,black,brown").
		var rawQueryFragments []string

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "cursor", params.Cursor, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "limit", params.Limit, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "integer", Format: "int64"}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if encoded := queryValues.Encode(); encoded != "" {
			rawQueryFragments = append(rawQueryFragments, encoded)
		}
		queryURL.RawQuery = strings.Join(rawQueryFragments, "&")
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewVerifyAuditRequest constructs an http.Request for the VerifyAudit method
func NewVerifyAuditRequest(server string, params *VerifyAuditParams) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/audit/verify")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	if params != nil {
		// queryValues collects non-styled parameters (passthrough, JSON)
		// that are safe to round-trip through url.Values.Encode().
		queryValues := queryURL.Query()
		// rawQueryFragments collects pre-encoded query fragments from
		// styled parameters, preserving literal commas as delimiters
		// per the OpenAPI spec (e.g. "color=blue,black,brown").
		var rawQueryFragments []string

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "head", params.Head, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if encoded := queryValues.Encode(); encoded != "" {
			rawQueryFragments = append(rawQueryFragments, encoded)
		}
		queryURL.RawQuery = strings.Join(rawQueryFragments, "&")
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewListExceptionsRequest constructs an http.Request for the ListExceptions method
func NewListExceptionsRequest(server string, params *ListExceptionsParams) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/exceptions")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	if params != nil {
		// queryValues collects non-styled parameters (passthrough, JSON)
		// that are safe to round-trip through url.Values.Encode().
		queryValues := queryURL.Query()
		// rawQueryFragments collects pre-encoded query fragments from
		// styled parameters, preserving literal commas as delimiters
		// per the OpenAPI spec (e.g. "color=blue,black,brown").
		var rawQueryFragments []string

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "cursor", params.Cursor, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "limit", params.Limit, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "integer", Format: "int64"}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "all", params.All, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "boolean", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "source", params.Source, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if encoded := queryValues.Encode(); encoded != "" {
			rawQueryFragments = append(rawQueryFragments, encoded)
		}
		queryURL.RawQuery = strings.Join(rawQueryFragments, "&")
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewCreateExceptionRequest calls the generic CreateException builder with application/json body
func NewCreateExceptionRequest(server string, params *CreateExceptionParams, body CreateExceptionJSONRequestBody) (*http.Request, error) {
	var bodyReader io.Reader
	buf, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	bodyReader = bytes.NewReader(buf)
	return NewCreateExceptionRequestWithBody(server, params, "application/json", bodyReader)
}

// NewCreateExceptionRequestWithBody constructs an http.Request for the CreateException method, with any body, and a specified content type
func NewCreateExceptionRequestWithBody(server string, params *CreateExceptionParams, contentType string, body io.Reader) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/exceptions")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), body)
	if err != nil {
		return nil, err
	}

	req.Header.Add("Content-Type", contentType)

	if params != nil {

		var headerParam0 string

		headerParam0, err = runtime.StyleParamWithOptions("simple", false, "Idempotency-Key", params.IdempotencyKey, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationHeader, Type: "string", Format: ""})
		if err != nil {
			return nil, err
		}

		req.Header.Set("Idempotency-Key", headerParam0)

	}

	return req, nil
}

// NewImportExceptionsRequest calls the generic ImportExceptions builder with application/json body
func NewImportExceptionsRequest(server string, body ImportExceptionsJSONRequestBody) (*http.Request, error) {
	var bodyReader io.Reader
	buf, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	bodyReader = bytes.NewReader(buf)
	return NewImportExceptionsRequestWithBody(server, "application/json", bodyReader)
}

// NewImportExceptionsRequestWithBody constructs an http.Request for the ImportExceptions method, with any body, and a specified content type
func NewImportExceptionsRequestWithBody(server string, contentType string, body io.Reader) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/exceptions/import")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), body)
	if err != nil {
		return nil, err
	}

	req.Header.Add("Content-Type", contentType)

	return req, nil
}

// NewGetExceptionRequest constructs an http.Request for the GetException method
func NewGetExceptionRequest(server string, id int64) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/exceptions/%s", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewRenewExceptionRequest calls the generic RenewException builder with application/json body
func NewRenewExceptionRequest(server string, id int64, body RenewExceptionJSONRequestBody) (*http.Request, error) {
	var bodyReader io.Reader
	buf, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	bodyReader = bytes.NewReader(buf)
	return NewRenewExceptionRequestWithBody(server, id, "application/json", bodyReader)
}

// NewRenewExceptionRequestWithBody constructs an http.Request for the RenewException method, with any body, and a specified content type
func NewRenewExceptionRequestWithBody(server string, id int64, contentType string, body io.Reader) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/exceptions/%s/renew", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), body)
	if err != nil {
		return nil, err
	}

	req.Header.Add("Content-Type", contentType)

	return req, nil
}

// NewRevokeExceptionRequest constructs an http.Request for the RevokeException method
func NewRevokeExceptionRequest(server string, id int64) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/exceptions/%s/revoke", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewListExposuresRequest constructs an http.Request for the ListExposures method
func NewListExposuresRequest(server string, params *ListExposuresParams) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/exposures")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	if params != nil {
		// queryValues collects non-styled parameters (passthrough, JSON)
		// that are safe to round-trip through url.Values.Encode().
		queryValues := queryURL.Query()
		// rawQueryFragments collects pre-encoded query fragments from
		// styled parameters, preserving literal commas as delimiters
		// per the OpenAPI spec (e.g. "color=blue,black,brown").
		var rawQueryFragments []string

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "cursor", params.Cursor, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "limit", params.Limit, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "integer", Format: "int64"}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "all", params.All, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "boolean", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "state", params.State, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "digest", params.Digest, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if encoded := queryValues.Encode(); encoded != "" {
			rawQueryFragments = append(rawQueryFragments, encoded)
		}
		queryURL.RawQuery = strings.Join(rawQueryFragments, "&")
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewListFeedsRequest constructs an http.Request for the ListFeeds method
func NewListFeedsRequest(server string) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/feeds")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewListImagesRequest constructs an http.Request for the ListImages method
func NewListImagesRequest(server string, params *ListImagesParams) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/images")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	if params != nil {
		// queryValues collects non-styled parameters (passthrough, JSON)
		// that are safe to round-trip through url.Values.Encode().
		queryValues := queryURL.Query()
		// rawQueryFragments collects pre-encoded query fragments from
		// styled parameters, preserving literal commas as delimiters
		// per the OpenAPI spec (e.g. "color=blue,black,brown").
		var rawQueryFragments []string

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "cursor", params.Cursor, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "limit", params.Limit, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "integer", Format: "int64"}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "repository", params.Repository, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "digest", params.Digest, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "passed", params.Passed, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if encoded := queryValues.Encode(); encoded != "" {
			rawQueryFragments = append(rawQueryFragments, encoded)
		}
		queryURL.RawQuery = strings.Join(rawQueryFragments, "&")
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewExplainImageRequest constructs an http.Request for the ExplainImage method
func NewExplainImageRequest(server string, digest string, params *ExplainImageParams) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "digest", digest, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "string", Format: ""})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/images/%s", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	if params != nil {
		// queryValues collects non-styled parameters (passthrough, JSON)
		// that are safe to round-trip through url.Values.Encode().
		queryValues := queryURL.Query()
		// rawQueryFragments collects pre-encoded query fragments from
		// styled parameters, preserving literal commas as delimiters
		// per the OpenAPI spec (e.g. "color=blue,black,brown").
		var rawQueryFragments []string

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "name", params.Name, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "client", params.Client, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if encoded := queryValues.Encode(); encoded != "" {
			rawQueryFragments = append(rawQueryFragments, encoded)
		}
		queryURL.RawQuery = strings.Join(rawQueryFragments, "&")
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewGetLoginRequest constructs an http.Request for the GetLogin method
func NewGetLoginRequest(server string) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/login")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewListNotificationsRequest constructs an http.Request for the ListNotifications method
func NewListNotificationsRequest(server string, params *ListNotificationsParams) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/notifications")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	if params != nil {
		// queryValues collects non-styled parameters (passthrough, JSON)
		// that are safe to round-trip through url.Values.Encode().
		queryValues := queryURL.Query()
		// rawQueryFragments collects pre-encoded query fragments from
		// styled parameters, preserving literal commas as delimiters
		// per the OpenAPI spec (e.g. "color=blue,black,brown").
		var rawQueryFragments []string

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "cursor", params.Cursor, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "limit", params.Limit, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "integer", Format: "int64"}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "state", params.State, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "type", params.Type, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if encoded := queryValues.Encode(); encoded != "" {
			rawQueryFragments = append(rawQueryFragments, encoded)
		}
		queryURL.RawQuery = strings.Join(rawQueryFragments, "&")
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewGetNotificationRequest constructs an http.Request for the GetNotification method
func NewGetNotificationRequest(server string, id int64) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/notifications/%s", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewReplayNotificationRequest constructs an http.Request for the ReplayNotification method
func NewReplayNotificationRequest(server string, id int64) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/notifications/%s/replay", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewGetPolicyRequest constructs an http.Request for the GetPolicy method
func NewGetPolicyRequest(server string, params *GetPolicyParams) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/policy")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	if params != nil {

		if params.IfNoneMatch != nil {
			var headerParam0 string

			headerParam0, err = runtime.StyleParamWithOptions("simple", false, "If-None-Match", params.IfNoneMatch, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationHeader, Type: "array", Format: ""})
			if err != nil {
				return nil, err
			}

			req.Header.Set("If-None-Match", headerParam0)
		}

	}

	return req, nil
}

// NewTestPolicyRequest calls the generic TestPolicy builder with application/json body
func NewTestPolicyRequest(server string, params *TestPolicyParams, body TestPolicyJSONRequestBody) (*http.Request, error) {
	var bodyReader io.Reader
	buf, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	bodyReader = bytes.NewReader(buf)
	return NewTestPolicyRequestWithBody(server, params, "application/json", bodyReader)
}

// NewTestPolicyRequestWithBody constructs an http.Request for the TestPolicy method, with any body, and a specified content type
func NewTestPolicyRequestWithBody(server string, params *TestPolicyParams, contentType string, body io.Reader) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/policy/test")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), body)
	if err != nil {
		return nil, err
	}

	req.Header.Add("Content-Type", contentType)

	if params != nil {

		if params.IfMatch != nil {
			var headerParam0 string

			headerParam0, err = runtime.StyleParamWithOptions("simple", false, "If-Match", params.IfMatch, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationHeader, Type: "array", Format: ""})
			if err != nil {
				return nil, err
			}

			req.Header.Set("If-Match", headerParam0)
		}

	}

	return req, nil
}

// NewValidatePolicyRequest calls the generic ValidatePolicy builder with application/json body
func NewValidatePolicyRequest(server string, body ValidatePolicyJSONRequestBody) (*http.Request, error) {
	var bodyReader io.Reader
	buf, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	bodyReader = bytes.NewReader(buf)
	return NewValidatePolicyRequestWithBody(server, "application/json", bodyReader)
}

// NewValidatePolicyRequestWithBody constructs an http.Request for the ValidatePolicy method, with any body, and a specified content type
func NewValidatePolicyRequestWithBody(server string, contentType string, body io.Reader) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/policy/validate")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), body)
	if err != nil {
		return nil, err
	}

	req.Header.Add("Content-Type", contentType)

	return req, nil
}

// NewListPullsRequest constructs an http.Request for the ListPulls method
func NewListPullsRequest(server string, params *ListPullsParams) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/pulls")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	if params != nil {
		// queryValues collects non-styled parameters (passthrough, JSON)
		// that are safe to round-trip through url.Values.Encode().
		queryValues := queryURL.Query()
		// rawQueryFragments collects pre-encoded query fragments from
		// styled parameters, preserving literal commas as delimiters
		// per the OpenAPI spec (e.g. "color=blue,black,brown").
		var rawQueryFragments []string

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "cursor", params.Cursor, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "limit", params.Limit, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "integer", Format: "int64"}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "digest", params.Digest, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "image", params.Image, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "repository", params.Repository, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "client", params.Client, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "verdict", params.Verdict, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "request", params.Request, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "since", params.Since, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if encoded := queryValues.Encode(); encoded != "" {
			rawQueryFragments = append(rawQueryFragments, encoded)
		}
		queryURL.RawQuery = strings.Join(rawQueryFragments, "&")
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewListQuarantineRequest constructs an http.Request for the ListQuarantine method
func NewListQuarantineRequest(server string, params *ListQuarantineParams) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/quarantine")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	if params != nil {
		// queryValues collects non-styled parameters (passthrough, JSON)
		// that are safe to round-trip through url.Values.Encode().
		queryValues := queryURL.Query()
		// rawQueryFragments collects pre-encoded query fragments from
		// styled parameters, preserving literal commas as delimiters
		// per the OpenAPI spec (e.g. "color=blue,black,brown").
		var rawQueryFragments []string

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "cursor", params.Cursor, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "limit", params.Limit, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "integer", Format: "int64"}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "state", params.State, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if encoded := queryValues.Encode(); encoded != "" {
			rawQueryFragments = append(rawQueryFragments, encoded)
		}
		queryURL.RawQuery = strings.Join(rawQueryFragments, "&")
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewGetQuarantinedRequest constructs an http.Request for the GetQuarantined method
func NewGetQuarantinedRequest(server string, id int64) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/quarantine/%s", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewGetEvidenceRequest constructs an http.Request for the GetEvidence method
func NewGetEvidenceRequest(server string, id int64, params *GetEvidenceParams) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/quarantine/%s/evidence", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	if params != nil {
		// queryValues collects non-styled parameters (passthrough, JSON)
		// that are safe to round-trip through url.Values.Encode().
		queryValues := queryURL.Query()
		// rawQueryFragments collects pre-encoded query fragments from
		// styled parameters, preserving literal commas as delimiters
		// per the OpenAPI spec (e.g. "color=blue,black,brown").
		var rawQueryFragments []string

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "finding", params.Finding, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "layer", params.Layer, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "path", params.Path, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "offset", params.Offset, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "integer", Format: "int64"}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "length", params.Length, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "integer", Format: "int64"}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if encoded := queryValues.Encode(); encoded != "" {
			rawQueryFragments = append(rawQueryFragments, encoded)
		}
		queryURL.RawQuery = strings.Join(rawQueryFragments, "&")
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewRejectQuarantinedRequest calls the generic RejectQuarantined builder with application/json body
func NewRejectQuarantinedRequest(server string, id int64, body RejectQuarantinedJSONRequestBody) (*http.Request, error) {
	var bodyReader io.Reader
	buf, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	bodyReader = bytes.NewReader(buf)
	return NewRejectQuarantinedRequestWithBody(server, id, "application/json", bodyReader)
}

// NewRejectQuarantinedRequestWithBody constructs an http.Request for the RejectQuarantined method, with any body, and a specified content type
func NewRejectQuarantinedRequestWithBody(server string, id int64, contentType string, body io.Reader) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/quarantine/%s/reject", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), body)
	if err != nil {
		return nil, err
	}

	req.Header.Add("Content-Type", contentType)

	return req, nil
}

// NewReleaseQuarantinedRequest calls the generic ReleaseQuarantined builder with application/json body
func NewReleaseQuarantinedRequest(server string, id int64, body ReleaseQuarantinedJSONRequestBody) (*http.Request, error) {
	var bodyReader io.Reader
	buf, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	bodyReader = bytes.NewReader(buf)
	return NewReleaseQuarantinedRequestWithBody(server, id, "application/json", bodyReader)
}

// NewReleaseQuarantinedRequestWithBody constructs an http.Request for the ReleaseQuarantined method, with any body, and a specified content type
func NewReleaseQuarantinedRequestWithBody(server string, id int64, contentType string, body io.Reader) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/quarantine/%s/release", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), body)
	if err != nil {
		return nil, err
	}

	req.Header.Add("Content-Type", contentType)

	return req, nil
}

// NewGetReportRequest constructs an http.Request for the GetReport method
func NewGetReportRequest(server string, digest string) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "digest", digest, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "string", Format: ""})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/reports/%s", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewListRequestsRequest constructs an http.Request for the ListRequests method
func NewListRequestsRequest(server string, params *ListRequestsParams) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/requests")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	if params != nil {
		// queryValues collects non-styled parameters (passthrough, JSON)
		// that are safe to round-trip through url.Values.Encode().
		queryValues := queryURL.Query()
		// rawQueryFragments collects pre-encoded query fragments from
		// styled parameters, preserving literal commas as delimiters
		// per the OpenAPI spec (e.g. "color=blue,black,brown").
		var rawQueryFragments []string

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "cursor", params.Cursor, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "limit", params.Limit, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "integer", Format: "int64"}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "state", params.State, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if encoded := queryValues.Encode(); encoded != "" {
			rawQueryFragments = append(rawQueryFragments, encoded)
		}
		queryURL.RawQuery = strings.Join(rawQueryFragments, "&")
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewCreateRequestRequest calls the generic CreateRequest builder with application/json body
func NewCreateRequestRequest(server string, params *CreateRequestParams, body CreateRequestJSONRequestBody) (*http.Request, error) {
	var bodyReader io.Reader
	buf, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	bodyReader = bytes.NewReader(buf)
	return NewCreateRequestRequestWithBody(server, params, "application/json", bodyReader)
}

// NewCreateRequestRequestWithBody constructs an http.Request for the CreateRequest method, with any body, and a specified content type
func NewCreateRequestRequestWithBody(server string, params *CreateRequestParams, contentType string, body io.Reader) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/requests")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), body)
	if err != nil {
		return nil, err
	}

	req.Header.Add("Content-Type", contentType)

	if params != nil {

		var headerParam0 string

		headerParam0, err = runtime.StyleParamWithOptions("simple", false, "Idempotency-Key", params.IdempotencyKey, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationHeader, Type: "string", Format: ""})
		if err != nil {
			return nil, err
		}

		req.Header.Set("Idempotency-Key", headerParam0)

	}

	return req, nil
}

// NewGetRequestRequest constructs an http.Request for the GetRequest method
func NewGetRequestRequest(server string, id int64) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/requests/%s", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewApproveRequestRequest calls the generic ApproveRequest builder with application/json body
func NewApproveRequestRequest(server string, id int64, body ApproveRequestJSONRequestBody) (*http.Request, error) {
	var bodyReader io.Reader
	buf, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	bodyReader = bytes.NewReader(buf)
	return NewApproveRequestRequestWithBody(server, id, "application/json", bodyReader)
}

// NewApproveRequestRequestWithBody constructs an http.Request for the ApproveRequest method, with any body, and a specified content type
func NewApproveRequestRequestWithBody(server string, id int64, contentType string, body io.Reader) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/requests/%s/approve", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), body)
	if err != nil {
		return nil, err
	}

	req.Header.Add("Content-Type", contentType)

	return req, nil
}

// NewDeclineRequestRequest calls the generic DeclineRequest builder with application/json body
func NewDeclineRequestRequest(server string, id int64, body DeclineRequestJSONRequestBody) (*http.Request, error) {
	var bodyReader io.Reader
	buf, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	bodyReader = bytes.NewReader(buf)
	return NewDeclineRequestRequestWithBody(server, id, "application/json", bodyReader)
}

// NewDeclineRequestRequestWithBody constructs an http.Request for the DeclineRequest method, with any body, and a specified content type
func NewDeclineRequestRequestWithBody(server string, id int64, contentType string, body io.Reader) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/requests/%s/decline", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), body)
	if err != nil {
		return nil, err
	}

	req.Header.Add("Content-Type", contentType)

	return req, nil
}

// NewListRulesRequest constructs an http.Request for the ListRules method
func NewListRulesRequest(server string) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/rules")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewGetStatusRequest constructs an http.Request for the GetStatus method
func NewGetStatusRequest(server string) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/status")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewListTokensRequest constructs an http.Request for the ListTokens method
func NewListTokensRequest(server string, params *ListTokensParams) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/tokens")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	if params != nil {
		// queryValues collects non-styled parameters (passthrough, JSON)
		// that are safe to round-trip through url.Values.Encode().
		queryValues := queryURL.Query()
		// rawQueryFragments collects pre-encoded query fragments from
		// styled parameters, preserving literal commas as delimiters
		// per the OpenAPI spec (e.g. "color=blue,black,brown").
		var rawQueryFragments []string

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "cursor", params.Cursor, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "string", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "limit", params.Limit, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "integer", Format: "int64"}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if queryFrag, err := runtime.StyleParamWithOptions("form", false, "all", params.All, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationQuery, Type: "boolean", Format: ""}); err != nil {
			return nil, err
		} else {
			for _, qp := range strings.Split(queryFrag, "&") {
				rawQueryFragments = append(rawQueryFragments, qp)
			}
		}

		if encoded := queryValues.Encode(); encoded != "" {
			rawQueryFragments = append(rawQueryFragments, encoded)
		}
		queryURL.RawQuery = strings.Join(rawQueryFragments, "&")
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewCreateTokenRequest calls the generic CreateToken builder with application/json body
func NewCreateTokenRequest(server string, body CreateTokenJSONRequestBody) (*http.Request, error) {
	var bodyReader io.Reader
	buf, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	bodyReader = bytes.NewReader(buf)
	return NewCreateTokenRequestWithBody(server, "application/json", bodyReader)
}

// NewCreateTokenRequestWithBody constructs an http.Request for the CreateToken method, with any body, and a specified content type
func NewCreateTokenRequestWithBody(server string, contentType string, body io.Reader) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/tokens")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), body)
	if err != nil {
		return nil, err
	}

	req.Header.Add("Content-Type", contentType)

	return req, nil
}

// NewRevokeTokenRequest constructs an http.Request for the RevokeToken method
func NewRevokeTokenRequest(server string, id int64) (*http.Request, error) {
	var err error

	var pathParam0 string

	pathParam0, err = runtime.StyleParamWithOptions("simple", false, "id", id, runtime.StyleParamOptions{ParamLocation: runtime.ParamLocationPath, Type: "integer", Format: "int64"})
	if err != nil {
		return nil, err
	}

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/tokens/%s/revoke", pathParam0)
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodPost, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

// NewWhoAmIRequest constructs an http.Request for the WhoAmI method
func NewWhoAmIRequest(server string) (*http.Request, error) {
	var err error

	serverURL, err := url.Parse(server)
	if err != nil {
		return nil, err
	}

	operationPath := fmt.Sprintf("/api/v1/whoami")
	if operationPath[0] == '/' {
		operationPath = "." + operationPath
	}

	queryURL, err := serverURL.Parse(operationPath)
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequest(http.MethodGet, queryURL.String(), nil)
	if err != nil {
		return nil, err
	}

	return req, nil
}

func (c *Client) applyEditors(ctx context.Context, req *http.Request, additionalEditors []RequestEditorFn) error {
	for _, r := range c.RequestEditors {
		if err := r(ctx, req); err != nil {
			return err
		}
	}
	for _, r := range additionalEditors {
		if err := r(ctx, req); err != nil {
			return err
		}
	}
	return nil
}

// ClientWithResponses builds on ClientInterface to offer response payloads
type ClientWithResponses struct {
	ClientInterface
}

// NewClientWithResponses creates a new ClientWithResponses, which wraps
// Client with return type handling
func NewClientWithResponses(server string, opts ...ClientOption) (*ClientWithResponses, error) {
	client, err := NewClient(server, opts...)
	if err != nil {
		return nil, err
	}
	return &ClientWithResponses{client}, nil
}

// WithBaseURL overrides the baseURL.
func WithBaseURL(baseURL string) ClientOption {
	return func(c *Client) error {
		newBaseURL, err := url.Parse(baseURL)
		if err != nil {
			return err
		}
		c.Server = newBaseURL.String()
		return nil
	}
}

// ClientWithResponsesInterface is the interface specification for the client with responses above.
type ClientWithResponsesInterface interface {

	// ListAuditWithResponse List changes, newest first
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/audit (the `ListAudit` operationId).
	ListAuditWithResponse(ctx context.Context, params *ListAuditParams, reqEditors ...RequestEditorFn) (*ListAuditResponse, error)

	// VerifyAuditWithResponse Read the whole audit log and say whether it is what was written
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/audit/verify (the `VerifyAudit` operationId).
	VerifyAuditWithResponse(ctx context.Context, params *VerifyAuditParams, reqEditors ...RequestEditorFn) (*VerifyAuditResponse, error)

	// ListExceptionsWithResponse List exceptions, newest first
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/exceptions (the `ListExceptions` operationId).
	ListExceptionsWithResponse(ctx context.Context, params *ListExceptionsParams, reqEditors ...RequestEditorFn) (*ListExceptionsResponse, error)

	// CreateExceptionWithBodyWithResponse Add an exception
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/exceptions (the `CreateException` operationId).
	CreateExceptionWithBodyWithResponse(ctx context.Context, params *CreateExceptionParams, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*CreateExceptionResponse, error)

	// CreateExceptionWithResponse Add an exception
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/exceptions (the `CreateException` operationId).
	CreateExceptionWithResponse(ctx context.Context, params *CreateExceptionParams, body CreateExceptionJSONRequestBody, reqEditors ...RequestEditorFn) (*CreateExceptionResponse, error)

	// ImportExceptionsWithBodyWithResponse Put the exceptions of a source in force, and end those it no longer has
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/exceptions/import (the `ImportExceptions` operationId).
	ImportExceptionsWithBodyWithResponse(ctx context.Context, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*ImportExceptionsResponse, error)

	// ImportExceptionsWithResponse Put the exceptions of a source in force, and end those it no longer has
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/exceptions/import (the `ImportExceptions` operationId).
	ImportExceptionsWithResponse(ctx context.Context, body ImportExceptionsJSONRequestBody, reqEditors ...RequestEditorFn) (*ImportExceptionsResponse, error)

	// GetExceptionWithResponse Show an exception
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/exceptions/{id} (the `GetException` operationId).
	GetExceptionWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*GetExceptionResponse, error)

	// RenewExceptionWithBodyWithResponse Let an exception hold for longer, or for less
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/exceptions/{id}/renew (the `RenewException` operationId).
	RenewExceptionWithBodyWithResponse(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*RenewExceptionResponse, error)

	// RenewExceptionWithResponse Let an exception hold for longer, or for less
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/exceptions/{id}/renew (the `RenewException` operationId).
	RenewExceptionWithResponse(ctx context.Context, id int64, body RenewExceptionJSONRequestBody, reqEditors ...RequestEditorFn) (*RenewExceptionResponse, error)

	// RevokeExceptionWithResponse End an exception now
	//
	// The least role is reviewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/exceptions/{id}/revoke (the `RevokeException` operationId).
	RevokeExceptionWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*RevokeExceptionResponse, error)

	// ListExposuresWithResponse List images that clients have and that would be refused now, newest first
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/exposures (the `ListExposures` operationId).
	ListExposuresWithResponse(ctx context.Context, params *ListExposuresParams, reqEditors ...RequestEditorFn) (*ListExposuresResponse, error)

	// ListFeedsWithResponse List the feeds, and how fresh they are
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/feeds (the `ListFeeds` operationId).
	ListFeedsWithResponse(ctx context.Context, reqEditors ...RequestEditorFn) (*ListFeedsResponse, error)

	// ListImagesWithResponse List images that clients asked for, by their names
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/images (the `ListImages` operationId).
	ListImagesWithResponse(ctx context.Context, params *ListImagesParams, reqEditors ...RequestEditorFn) (*ListImagesResponse, error)

	// ExplainImageWithResponse Show every finding on an image or a blob, and what the policy makes of it
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/images/{digest} (the `ExplainImage` operationId).
	ExplainImageWithResponse(ctx context.Context, digest string, params *ExplainImageParams, reqEditors ...RequestEditorFn) (*ExplainImageResponse, error)

	// GetLoginWithResponse Say where people log in
	//
	// Nobody needs a role for this.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/login (the `GetLogin` operationId).
	GetLoginWithResponse(ctx context.Context, reqEditors ...RequestEditorFn) (*GetLoginResponse, error)

	// ListNotificationsWithResponse List what webhooks are told, newest first
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/notifications (the `ListNotifications` operationId).
	ListNotificationsWithResponse(ctx context.Context, params *ListNotificationsParams, reqEditors ...RequestEditorFn) (*ListNotificationsResponse, error)

	// GetNotificationWithResponse Show a notification and its deliveries
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/notifications/{id} (the `GetNotification` operationId).
	GetNotificationWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*GetNotificationResponse, error)

	// ReplayNotificationWithResponse Deliver anew what was given up
	//
	// The least role is reviewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/notifications/{id}/replay (the `ReplayNotification` operationId).
	ReplayNotificationWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*ReplayNotificationResponse, error)

	// GetPolicyWithResponse Show the policy in force
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/policy (the `GetPolicy` operationId).
	GetPolicyWithResponse(ctx context.Context, params *GetPolicyParams, reqEditors ...RequestEditorFn) (*GetPolicyResponse, error)

	// TestPolicyWithBodyWithResponse Say what another policy would have made of the pulls on record
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/policy/test (the `TestPolicy` operationId).
	TestPolicyWithBodyWithResponse(ctx context.Context, params *TestPolicyParams, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*TestPolicyResponse, error)

	// TestPolicyWithResponse Say what another policy would have made of the pulls on record
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/policy/test (the `TestPolicy` operationId).
	TestPolicyWithResponse(ctx context.Context, params *TestPolicyParams, body TestPolicyJSONRequestBody, reqEditors ...RequestEditorFn) (*TestPolicyResponse, error)

	// ValidatePolicyWithBodyWithResponse Check a policy file
	//
	// The least role is viewer.
	//
	// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/policy/validate (the `ValidatePolicy` operationId).
	ValidatePolicyWithBodyWithResponse(ctx context.Context, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*ValidatePolicyResponse, error)

	// ValidatePolicyWithResponse Check a policy file
	//
	// The least role is viewer.
	//
	// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/policy/validate (the `ValidatePolicy` operationId).
	ValidatePolicyWithResponse(ctx context.Context, body ValidatePolicyJSONRequestBody, reqEditors ...RequestEditorFn) (*ValidatePolicyResponse, error)

	// ListPullsWithResponse List who pulled what, newest first
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/pulls (the `ListPulls` operationId).
	ListPullsWithResponse(ctx context.Context, params *ListPullsParams, reqEditors ...RequestEditorFn) (*ListPullsResponse, error)

	// ListQuarantineWithResponse List what is or was in quarantine, newest first
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/quarantine (the `ListQuarantine` operationId).
	ListQuarantineWithResponse(ctx context.Context, params *ListQuarantineParams, reqEditors ...RequestEditorFn) (*ListQuarantineResponse, error)

	// GetQuarantinedWithResponse Show an image in quarantine with the findings it is there for
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/quarantine/{id} (the `GetQuarantined` operationId).
	GetQuarantinedWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*GetQuarantinedResponse, error)

	// GetEvidenceWithResponse Look at the bytes that a finding is about; each look is in the audit log
	//
	// The least role is reviewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/quarantine/{id}/evidence (the `GetEvidence` operationId).
	GetEvidenceWithResponse(ctx context.Context, id int64, params *GetEvidenceParams, reqEditors ...RequestEditorFn) (*GetEvidenceResponse, error)

	// RejectQuarantinedWithBodyWithResponse Leave an image refused, and take it from the list of what waits
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/quarantine/{id}/reject (the `RejectQuarantined` operationId).
	RejectQuarantinedWithBodyWithResponse(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*RejectQuarantinedResponse, error)

	// RejectQuarantinedWithResponse Leave an image refused, and take it from the list of what waits
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/quarantine/{id}/reject (the `RejectQuarantined` operationId).
	RejectQuarantinedWithResponse(ctx context.Context, id int64, body RejectQuarantinedJSONRequestBody, reqEditors ...RequestEditorFn) (*RejectQuarantinedResponse, error)

	// ReleaseQuarantinedWithBodyWithResponse Make an exception for an image in quarantine
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/quarantine/{id}/release (the `ReleaseQuarantined` operationId).
	ReleaseQuarantinedWithBodyWithResponse(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*ReleaseQuarantinedResponse, error)

	// ReleaseQuarantinedWithResponse Make an exception for an image in quarantine
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/quarantine/{id}/release (the `ReleaseQuarantined` operationId).
	ReleaseQuarantinedWithResponse(ctx context.Context, id int64, body ReleaseQuarantinedJSONRequestBody, reqEditors ...RequestEditorFn) (*ReleaseQuarantinedResponse, error)

	// GetReportWithResponse Show what is known of one blob under the rule set in force
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/reports/{digest} (the `GetReport` operationId).
	GetReportWithResponse(ctx context.Context, digest string, reqEditors ...RequestEditorFn) (*GetReportResponse, error)

	// ListRequestsWithResponse List requests, newest first
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/requests (the `ListRequests` operationId).
	ListRequestsWithResponse(ctx context.Context, params *ListRequestsParams, reqEditors ...RequestEditorFn) (*ListRequestsResponse, error)

	// CreateRequestWithBodyWithResponse Ask for an exception for what was refused
	//
	// Nobody needs a role for this.
	//
	// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/requests (the `CreateRequest` operationId).
	CreateRequestWithBodyWithResponse(ctx context.Context, params *CreateRequestParams, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*CreateRequestResponse, error)

	// CreateRequestWithResponse Ask for an exception for what was refused
	//
	// Nobody needs a role for this.
	//
	// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/requests (the `CreateRequest` operationId).
	CreateRequestWithResponse(ctx context.Context, params *CreateRequestParams, body CreateRequestJSONRequestBody, reqEditors ...RequestEditorFn) (*CreateRequestResponse, error)

	// GetRequestWithResponse Show a request
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/requests/{id} (the `GetRequest` operationId).
	GetRequestWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*GetRequestResponse, error)

	// ApproveRequestWithBodyWithResponse Make an exception of a request
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/requests/{id}/approve (the `ApproveRequest` operationId).
	ApproveRequestWithBodyWithResponse(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*ApproveRequestResponse, error)

	// ApproveRequestWithResponse Make an exception of a request
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/requests/{id}/approve (the `ApproveRequest` operationId).
	ApproveRequestWithResponse(ctx context.Context, id int64, body ApproveRequestJSONRequestBody, reqEditors ...RequestEditorFn) (*ApproveRequestResponse, error)

	// DeclineRequestWithBodyWithResponse Answer a request without an exception
	//
	// The least role is reviewer.
	//
	// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/requests/{id}/decline (the `DeclineRequest` operationId).
	DeclineRequestWithBodyWithResponse(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*DeclineRequestResponse, error)

	// DeclineRequestWithResponse Answer a request without an exception
	//
	// The least role is reviewer.
	//
	// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/requests/{id}/decline (the `DeclineRequest` operationId).
	DeclineRequestWithResponse(ctx context.Context, id int64, body DeclineRequestJSONRequestBody, reqEditors ...RequestEditorFn) (*DeclineRequestResponse, error)

	// ListRulesWithResponse List what is looked for
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/rules (the `ListRules` operationId).
	ListRulesWithResponse(ctx context.Context, reqEditors ...RequestEditorFn) (*ListRulesResponse, error)

	// GetStatusWithResponse Show what is in force, and whether all of it is well
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/status (the `GetStatus` operationId).
	GetStatusWithResponse(ctx context.Context, reqEditors ...RequestEditorFn) (*GetStatusResponse, error)

	// ListTokensWithResponse List API tokens, newest first
	//
	// The least role is admin.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/tokens (the `ListTokens` operationId).
	ListTokensWithResponse(ctx context.Context, params *ListTokensParams, reqEditors ...RequestEditorFn) (*ListTokensResponse, error)

	// CreateTokenWithBodyWithResponse Make an API token; the answer shows it, this once
	//
	// The least role is admin.
	//
	// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/tokens (the `CreateToken` operationId).
	CreateTokenWithBodyWithResponse(ctx context.Context, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*CreateTokenResponse, error)

	// CreateTokenWithResponse Make an API token; the answer shows it, this once
	//
	// The least role is admin.
	//
	// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/tokens (the `CreateToken` operationId).
	CreateTokenWithResponse(ctx context.Context, body CreateTokenJSONRequestBody, reqEditors ...RequestEditorFn) (*CreateTokenResponse, error)

	// RevokeTokenWithResponse End an API token now
	//
	// The least role is admin.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with POST /api/v1/tokens/{id}/revoke (the `RevokeToken` operationId).
	RevokeTokenWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*RevokeTokenResponse, error)

	// WhoAmIWithResponse Say who sends the request, and what they may
	//
	// The least role is viewer.
	//
	// Returns a wrapper object for the known response body format(s).
	//
	// Corresponds with GET /api/v1/whoami (the `WhoAmI` operationId).
	WhoAmIWithResponse(ctx context.Context, reqEditors ...RequestEditorFn) (*WhoAmIResponse, error)
}

// ListAuditResponse200Headers the declared response headers of an HTTP 200 response for ListAudit
type ListAuditResponse200Headers struct {
	Link string
}

type ListAuditResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *ItemsChange
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers200 the parsed response headers for an HTTP 200 response
	Headers200 *ListAuditResponse200Headers
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ListAuditResponse) GetJSON200() *ItemsChange {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ListAuditResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ListAuditResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ListAuditResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ListAuditResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ListAuditResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type VerifyAuditResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Verification
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r VerifyAuditResponse) GetJSON200() *Verification {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r VerifyAuditResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r VerifyAuditResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r VerifyAuditResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r VerifyAuditResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r VerifyAuditResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// ListExceptionsResponse200Headers the declared response headers of an HTTP 200 response for ListExceptions
type ListExceptionsResponse200Headers struct {
	Link string
}

type ListExceptionsResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *ItemsException
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers200 the parsed response headers for an HTTP 200 response
	Headers200 *ListExceptionsResponse200Headers
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ListExceptionsResponse) GetJSON200() *ItemsException {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ListExceptionsResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ListExceptionsResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ListExceptionsResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ListExceptionsResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ListExceptionsResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// CreateExceptionResponse201Headers the declared response headers of an HTTP 201 response for CreateException
type CreateExceptionResponse201Headers struct {
	IdempotencyReplayed string
	Location            string
}

type CreateExceptionResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON201 the response for an HTTP 201 `application/json` response
	JSON201 *Exception
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers201 the parsed response headers for an HTTP 201 response
	Headers201 *CreateExceptionResponse201Headers
}

// GetJSON201 returns the response for an HTTP 201 `application/json` response
func (r CreateExceptionResponse) GetJSON201() *Exception {
	return r.JSON201
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r CreateExceptionResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r CreateExceptionResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r CreateExceptionResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r CreateExceptionResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r CreateExceptionResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type ImportExceptionsResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Imported
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ImportExceptionsResponse) GetJSON200() *Imported {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ImportExceptionsResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ImportExceptionsResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ImportExceptionsResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ImportExceptionsResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ImportExceptionsResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type GetExceptionResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Exception
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r GetExceptionResponse) GetJSON200() *Exception {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r GetExceptionResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r GetExceptionResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r GetExceptionResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r GetExceptionResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r GetExceptionResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type RenewExceptionResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Exception
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r RenewExceptionResponse) GetJSON200() *Exception {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r RenewExceptionResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r RenewExceptionResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r RenewExceptionResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r RenewExceptionResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r RenewExceptionResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type RevokeExceptionResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Exception
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r RevokeExceptionResponse) GetJSON200() *Exception {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r RevokeExceptionResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r RevokeExceptionResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r RevokeExceptionResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r RevokeExceptionResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r RevokeExceptionResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// ListExposuresResponse200Headers the declared response headers of an HTTP 200 response for ListExposures
type ListExposuresResponse200Headers struct {
	Link string
}

type ListExposuresResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *ItemsExposure
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers200 the parsed response headers for an HTTP 200 response
	Headers200 *ListExposuresResponse200Headers
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ListExposuresResponse) GetJSON200() *ItemsExposure {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ListExposuresResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ListExposuresResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ListExposuresResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ListExposuresResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ListExposuresResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type ListFeedsResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Feeds
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ListFeedsResponse) GetJSON200() *Feeds {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ListFeedsResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ListFeedsResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ListFeedsResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ListFeedsResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ListFeedsResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// ListImagesResponse200Headers the declared response headers of an HTTP 200 response for ListImages
type ListImagesResponse200Headers struct {
	Link string
}

type ListImagesResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *ItemsImage
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers200 the parsed response headers for an HTTP 200 response
	Headers200 *ListImagesResponse200Headers
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ListImagesResponse) GetJSON200() *ItemsImage {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ListImagesResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ListImagesResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ListImagesResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ListImagesResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ListImagesResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type ExplainImageResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Explanation
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ExplainImageResponse) GetJSON200() *Explanation {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ExplainImageResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ExplainImageResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ExplainImageResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ExplainImageResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ExplainImageResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type GetLoginResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *LoginWay
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r GetLoginResponse) GetJSON200() *LoginWay {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r GetLoginResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r GetLoginResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r GetLoginResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r GetLoginResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r GetLoginResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// ListNotificationsResponse200Headers the declared response headers of an HTTP 200 response for ListNotifications
type ListNotificationsResponse200Headers struct {
	Link string
}

type ListNotificationsResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *ItemsNotification
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers200 the parsed response headers for an HTTP 200 response
	Headers200 *ListNotificationsResponse200Headers
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ListNotificationsResponse) GetJSON200() *ItemsNotification {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ListNotificationsResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ListNotificationsResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ListNotificationsResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ListNotificationsResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ListNotificationsResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type GetNotificationResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Notification
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r GetNotificationResponse) GetJSON200() *Notification {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r GetNotificationResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r GetNotificationResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r GetNotificationResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r GetNotificationResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r GetNotificationResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type ReplayNotificationResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Notification
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ReplayNotificationResponse) GetJSON200() *Notification {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ReplayNotificationResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ReplayNotificationResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ReplayNotificationResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ReplayNotificationResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ReplayNotificationResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// GetPolicyResponse200Headers the declared response headers of an HTTP 200 response for GetPolicy
type GetPolicyResponse200Headers struct {
	ETag string
}

type GetPolicyResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Policy
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers200 the parsed response headers for an HTTP 200 response
	Headers200 *GetPolicyResponse200Headers
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r GetPolicyResponse) GetJSON200() *Policy {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r GetPolicyResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r GetPolicyResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r GetPolicyResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r GetPolicyResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r GetPolicyResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type TestPolicyResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Replay
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r TestPolicyResponse) GetJSON200() *Replay {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r TestPolicyResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r TestPolicyResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r TestPolicyResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r TestPolicyResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r TestPolicyResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type ValidatePolicyResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Checked
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ValidatePolicyResponse) GetJSON200() *Checked {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ValidatePolicyResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ValidatePolicyResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ValidatePolicyResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ValidatePolicyResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ValidatePolicyResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// ListPullsResponse200Headers the declared response headers of an HTTP 200 response for ListPulls
type ListPullsResponse200Headers struct {
	Link string
}

type ListPullsResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *ItemsPull
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers200 the parsed response headers for an HTTP 200 response
	Headers200 *ListPullsResponse200Headers
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ListPullsResponse) GetJSON200() *ItemsPull {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ListPullsResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ListPullsResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ListPullsResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ListPullsResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ListPullsResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// ListQuarantineResponse200Headers the declared response headers of an HTTP 200 response for ListQuarantine
type ListQuarantineResponse200Headers struct {
	Link string
}

type ListQuarantineResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *ItemsQuarantined
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers200 the parsed response headers for an HTTP 200 response
	Headers200 *ListQuarantineResponse200Headers
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ListQuarantineResponse) GetJSON200() *ItemsQuarantined {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ListQuarantineResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ListQuarantineResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ListQuarantineResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ListQuarantineResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ListQuarantineResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type GetQuarantinedResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Quarantined
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r GetQuarantinedResponse) GetJSON200() *Quarantined {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r GetQuarantinedResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r GetQuarantinedResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r GetQuarantinedResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r GetQuarantinedResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r GetQuarantinedResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// GetEvidenceResponse200Headers the declared response headers of an HTTP 200 response for GetEvidence
type GetEvidenceResponse200Headers struct {
	ContentDisposition string
	ContentType        string
	EvidenceLayer      string
	EvidenceOffset     string
	EvidencePath       string
	EvidenceSize       string
}

type GetEvidenceResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers200 the parsed response headers for an HTTP 200 response
	Headers200 *GetEvidenceResponse200Headers
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r GetEvidenceResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r GetEvidenceResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r GetEvidenceResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r GetEvidenceResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r GetEvidenceResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type RejectQuarantinedResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Quarantined
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r RejectQuarantinedResponse) GetJSON200() *Quarantined {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r RejectQuarantinedResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r RejectQuarantinedResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r RejectQuarantinedResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r RejectQuarantinedResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r RejectQuarantinedResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type ReleaseQuarantinedResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Quarantined
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ReleaseQuarantinedResponse) GetJSON200() *Quarantined {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ReleaseQuarantinedResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ReleaseQuarantinedResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ReleaseQuarantinedResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ReleaseQuarantinedResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ReleaseQuarantinedResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type GetReportResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Report
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r GetReportResponse) GetJSON200() *Report {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r GetReportResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r GetReportResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r GetReportResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r GetReportResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r GetReportResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// ListRequestsResponse200Headers the declared response headers of an HTTP 200 response for ListRequests
type ListRequestsResponse200Headers struct {
	Link string
}

type ListRequestsResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *ItemsRequest
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers200 the parsed response headers for an HTTP 200 response
	Headers200 *ListRequestsResponse200Headers
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ListRequestsResponse) GetJSON200() *ItemsRequest {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ListRequestsResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ListRequestsResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ListRequestsResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ListRequestsResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ListRequestsResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// CreateRequestResponse201Headers the declared response headers of an HTTP 201 response for CreateRequest
type CreateRequestResponse201Headers struct {
	IdempotencyReplayed string
	Location            string
}

type CreateRequestResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON201 the response for an HTTP 201 `application/json` response
	JSON201 *Request
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers201 the parsed response headers for an HTTP 201 response
	Headers201 *CreateRequestResponse201Headers
}

// GetJSON201 returns the response for an HTTP 201 `application/json` response
func (r CreateRequestResponse) GetJSON201() *Request {
	return r.JSON201
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r CreateRequestResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r CreateRequestResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r CreateRequestResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r CreateRequestResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r CreateRequestResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type GetRequestResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Request
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r GetRequestResponse) GetJSON200() *Request {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r GetRequestResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r GetRequestResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r GetRequestResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r GetRequestResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r GetRequestResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type ApproveRequestResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Request
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ApproveRequestResponse) GetJSON200() *Request {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ApproveRequestResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ApproveRequestResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ApproveRequestResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ApproveRequestResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ApproveRequestResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type DeclineRequestResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Request
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r DeclineRequestResponse) GetJSON200() *Request {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r DeclineRequestResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r DeclineRequestResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r DeclineRequestResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r DeclineRequestResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r DeclineRequestResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type ListRulesResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Rules
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ListRulesResponse) GetJSON200() *Rules {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ListRulesResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ListRulesResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ListRulesResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ListRulesResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ListRulesResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type GetStatusResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Status
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r GetStatusResponse) GetJSON200() *Status {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r GetStatusResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r GetStatusResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r GetStatusResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r GetStatusResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r GetStatusResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// ListTokensResponse200Headers the declared response headers of an HTTP 200 response for ListTokens
type ListTokensResponse200Headers struct {
	Link string
}

type ListTokensResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *ItemsToken
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
	// Headers200 the parsed response headers for an HTTP 200 response
	Headers200 *ListTokensResponse200Headers
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r ListTokensResponse) GetJSON200() *ItemsToken {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r ListTokensResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r ListTokensResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r ListTokensResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r ListTokensResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r ListTokensResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type CreateTokenResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON201 the response for an HTTP 201 `application/json` response
	JSON201 *MadeToken
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON201 returns the response for an HTTP 201 `application/json` response
func (r CreateTokenResponse) GetJSON201() *MadeToken {
	return r.JSON201
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r CreateTokenResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r CreateTokenResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r CreateTokenResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r CreateTokenResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r CreateTokenResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type RevokeTokenResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Token
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r RevokeTokenResponse) GetJSON200() *Token {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r RevokeTokenResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r RevokeTokenResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r RevokeTokenResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r RevokeTokenResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r RevokeTokenResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

type WhoAmIResponse struct {
	Body         []byte
	HTTPResponse *http.Response
	// JSON200 the response for an HTTP 200 `application/json` response
	JSON200 *Person
	// ApplicationProblemJSONDefault the response for an HTTP default `application/problem+json` response
	ApplicationProblemJSONDefault *ErrorModel
}

// GetJSON200 returns the response for an HTTP 200 `application/json` response
func (r WhoAmIResponse) GetJSON200() *Person {
	return r.JSON200
}

// GetApplicationProblemJSONDefault returns the response for an HTTP default `application/problem+json` response
func (r WhoAmIResponse) GetApplicationProblemJSONDefault() *ErrorModel {
	return r.ApplicationProblemJSONDefault
}

// GetBody returns the raw response body bytes
func (r WhoAmIResponse) GetBody() []byte {
	return r.Body
}

// Status returns HTTPResponse.Status
func (r WhoAmIResponse) Status() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Status
	}
	return http.StatusText(0)
}

// StatusCode returns HTTPResponse.StatusCode
func (r WhoAmIResponse) StatusCode() int {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.StatusCode
	}
	return 0
}

// ContentType is a convenience method to retrieve the Content-Type value from the HTTP response headers
func (r WhoAmIResponse) ContentType() string {
	if r.HTTPResponse != nil {
		return r.HTTPResponse.Header.Get("Content-Type")
	}
	return ""
}

// ListAuditWithResponse List changes, newest first
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/audit (the `ListAudit` operationId).
func (c *ClientWithResponses) ListAuditWithResponse(ctx context.Context, params *ListAuditParams, reqEditors ...RequestEditorFn) (*ListAuditResponse, error) {
	rsp, err := c.ListAudit(ctx, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseListAuditResponse(rsp)
}

// VerifyAuditWithResponse Read the whole audit log and say whether it is what was written
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/audit/verify (the `VerifyAudit` operationId).
func (c *ClientWithResponses) VerifyAuditWithResponse(ctx context.Context, params *VerifyAuditParams, reqEditors ...RequestEditorFn) (*VerifyAuditResponse, error) {
	rsp, err := c.VerifyAudit(ctx, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseVerifyAuditResponse(rsp)
}

// ListExceptionsWithResponse List exceptions, newest first
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/exceptions (the `ListExceptions` operationId).
func (c *ClientWithResponses) ListExceptionsWithResponse(ctx context.Context, params *ListExceptionsParams, reqEditors ...RequestEditorFn) (*ListExceptionsResponse, error) {
	rsp, err := c.ListExceptions(ctx, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseListExceptionsResponse(rsp)
}

// CreateExceptionWithBodyWithResponse Add an exception
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/exceptions (the `CreateException` operationId).
func (c *ClientWithResponses) CreateExceptionWithBodyWithResponse(ctx context.Context, params *CreateExceptionParams, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*CreateExceptionResponse, error) {
	rsp, err := c.CreateExceptionWithBody(ctx, params, contentType, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseCreateExceptionResponse(rsp)
}

// CreateExceptionWithResponse Add an exception
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/exceptions (the `CreateException` operationId).
func (c *ClientWithResponses) CreateExceptionWithResponse(ctx context.Context, params *CreateExceptionParams, body CreateExceptionJSONRequestBody, reqEditors ...RequestEditorFn) (*CreateExceptionResponse, error) {
	rsp, err := c.CreateException(ctx, params, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseCreateExceptionResponse(rsp)
}

// ImportExceptionsWithBodyWithResponse Put the exceptions of a source in force, and end those it no longer has
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/exceptions/import (the `ImportExceptions` operationId).
func (c *ClientWithResponses) ImportExceptionsWithBodyWithResponse(ctx context.Context, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*ImportExceptionsResponse, error) {
	rsp, err := c.ImportExceptionsWithBody(ctx, contentType, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseImportExceptionsResponse(rsp)
}

// ImportExceptionsWithResponse Put the exceptions of a source in force, and end those it no longer has
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/exceptions/import (the `ImportExceptions` operationId).
func (c *ClientWithResponses) ImportExceptionsWithResponse(ctx context.Context, body ImportExceptionsJSONRequestBody, reqEditors ...RequestEditorFn) (*ImportExceptionsResponse, error) {
	rsp, err := c.ImportExceptions(ctx, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseImportExceptionsResponse(rsp)
}

// GetExceptionWithResponse Show an exception
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/exceptions/{id} (the `GetException` operationId).
func (c *ClientWithResponses) GetExceptionWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*GetExceptionResponse, error) {
	rsp, err := c.GetException(ctx, id, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseGetExceptionResponse(rsp)
}

// RenewExceptionWithBodyWithResponse Let an exception hold for longer, or for less
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/exceptions/{id}/renew (the `RenewException` operationId).
func (c *ClientWithResponses) RenewExceptionWithBodyWithResponse(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*RenewExceptionResponse, error) {
	rsp, err := c.RenewExceptionWithBody(ctx, id, contentType, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseRenewExceptionResponse(rsp)
}

// RenewExceptionWithResponse Let an exception hold for longer, or for less
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/exceptions/{id}/renew (the `RenewException` operationId).
func (c *ClientWithResponses) RenewExceptionWithResponse(ctx context.Context, id int64, body RenewExceptionJSONRequestBody, reqEditors ...RequestEditorFn) (*RenewExceptionResponse, error) {
	rsp, err := c.RenewException(ctx, id, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseRenewExceptionResponse(rsp)
}

// RevokeExceptionWithResponse End an exception now
//
// The least role is reviewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/exceptions/{id}/revoke (the `RevokeException` operationId).
func (c *ClientWithResponses) RevokeExceptionWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*RevokeExceptionResponse, error) {
	rsp, err := c.RevokeException(ctx, id, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseRevokeExceptionResponse(rsp)
}

// ListExposuresWithResponse List images that clients have and that would be refused now, newest first
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/exposures (the `ListExposures` operationId).
func (c *ClientWithResponses) ListExposuresWithResponse(ctx context.Context, params *ListExposuresParams, reqEditors ...RequestEditorFn) (*ListExposuresResponse, error) {
	rsp, err := c.ListExposures(ctx, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseListExposuresResponse(rsp)
}

// ListFeedsWithResponse List the feeds, and how fresh they are
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/feeds (the `ListFeeds` operationId).
func (c *ClientWithResponses) ListFeedsWithResponse(ctx context.Context, reqEditors ...RequestEditorFn) (*ListFeedsResponse, error) {
	rsp, err := c.ListFeeds(ctx, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseListFeedsResponse(rsp)
}

// ListImagesWithResponse List images that clients asked for, by their names
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/images (the `ListImages` operationId).
func (c *ClientWithResponses) ListImagesWithResponse(ctx context.Context, params *ListImagesParams, reqEditors ...RequestEditorFn) (*ListImagesResponse, error) {
	rsp, err := c.ListImages(ctx, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseListImagesResponse(rsp)
}

// ExplainImageWithResponse Show every finding on an image or a blob, and what the policy makes of it
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/images/{digest} (the `ExplainImage` operationId).
func (c *ClientWithResponses) ExplainImageWithResponse(ctx context.Context, digest string, params *ExplainImageParams, reqEditors ...RequestEditorFn) (*ExplainImageResponse, error) {
	rsp, err := c.ExplainImage(ctx, digest, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseExplainImageResponse(rsp)
}

// GetLoginWithResponse Say where people log in
//
// Nobody needs a role for this.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/login (the `GetLogin` operationId).
func (c *ClientWithResponses) GetLoginWithResponse(ctx context.Context, reqEditors ...RequestEditorFn) (*GetLoginResponse, error) {
	rsp, err := c.GetLogin(ctx, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseGetLoginResponse(rsp)
}

// ListNotificationsWithResponse List what webhooks are told, newest first
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/notifications (the `ListNotifications` operationId).
func (c *ClientWithResponses) ListNotificationsWithResponse(ctx context.Context, params *ListNotificationsParams, reqEditors ...RequestEditorFn) (*ListNotificationsResponse, error) {
	rsp, err := c.ListNotifications(ctx, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseListNotificationsResponse(rsp)
}

// GetNotificationWithResponse Show a notification and its deliveries
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/notifications/{id} (the `GetNotification` operationId).
func (c *ClientWithResponses) GetNotificationWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*GetNotificationResponse, error) {
	rsp, err := c.GetNotification(ctx, id, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseGetNotificationResponse(rsp)
}

// ReplayNotificationWithResponse Deliver anew what was given up
//
// The least role is reviewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/notifications/{id}/replay (the `ReplayNotification` operationId).
func (c *ClientWithResponses) ReplayNotificationWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*ReplayNotificationResponse, error) {
	rsp, err := c.ReplayNotification(ctx, id, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseReplayNotificationResponse(rsp)
}

// GetPolicyWithResponse Show the policy in force
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/policy (the `GetPolicy` operationId).
func (c *ClientWithResponses) GetPolicyWithResponse(ctx context.Context, params *GetPolicyParams, reqEditors ...RequestEditorFn) (*GetPolicyResponse, error) {
	rsp, err := c.GetPolicy(ctx, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseGetPolicyResponse(rsp)
}

// TestPolicyWithBodyWithResponse Say what another policy would have made of the pulls on record
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/policy/test (the `TestPolicy` operationId).
func (c *ClientWithResponses) TestPolicyWithBodyWithResponse(ctx context.Context, params *TestPolicyParams, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*TestPolicyResponse, error) {
	rsp, err := c.TestPolicyWithBody(ctx, params, contentType, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseTestPolicyResponse(rsp)
}

// TestPolicyWithResponse Say what another policy would have made of the pulls on record
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/policy/test (the `TestPolicy` operationId).
func (c *ClientWithResponses) TestPolicyWithResponse(ctx context.Context, params *TestPolicyParams, body TestPolicyJSONRequestBody, reqEditors ...RequestEditorFn) (*TestPolicyResponse, error) {
	rsp, err := c.TestPolicy(ctx, params, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseTestPolicyResponse(rsp)
}

// ValidatePolicyWithBodyWithResponse Check a policy file
//
// The least role is viewer.
//
// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/policy/validate (the `ValidatePolicy` operationId).
func (c *ClientWithResponses) ValidatePolicyWithBodyWithResponse(ctx context.Context, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*ValidatePolicyResponse, error) {
	rsp, err := c.ValidatePolicyWithBody(ctx, contentType, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseValidatePolicyResponse(rsp)
}

// ValidatePolicyWithResponse Check a policy file
//
// The least role is viewer.
//
// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/policy/validate (the `ValidatePolicy` operationId).
func (c *ClientWithResponses) ValidatePolicyWithResponse(ctx context.Context, body ValidatePolicyJSONRequestBody, reqEditors ...RequestEditorFn) (*ValidatePolicyResponse, error) {
	rsp, err := c.ValidatePolicy(ctx, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseValidatePolicyResponse(rsp)
}

// ListPullsWithResponse List who pulled what, newest first
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/pulls (the `ListPulls` operationId).
func (c *ClientWithResponses) ListPullsWithResponse(ctx context.Context, params *ListPullsParams, reqEditors ...RequestEditorFn) (*ListPullsResponse, error) {
	rsp, err := c.ListPulls(ctx, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseListPullsResponse(rsp)
}

// ListQuarantineWithResponse List what is or was in quarantine, newest first
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/quarantine (the `ListQuarantine` operationId).
func (c *ClientWithResponses) ListQuarantineWithResponse(ctx context.Context, params *ListQuarantineParams, reqEditors ...RequestEditorFn) (*ListQuarantineResponse, error) {
	rsp, err := c.ListQuarantine(ctx, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseListQuarantineResponse(rsp)
}

// GetQuarantinedWithResponse Show an image in quarantine with the findings it is there for
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/quarantine/{id} (the `GetQuarantined` operationId).
func (c *ClientWithResponses) GetQuarantinedWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*GetQuarantinedResponse, error) {
	rsp, err := c.GetQuarantined(ctx, id, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseGetQuarantinedResponse(rsp)
}

// GetEvidenceWithResponse Look at the bytes that a finding is about; each look is in the audit log
//
// The least role is reviewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/quarantine/{id}/evidence (the `GetEvidence` operationId).
func (c *ClientWithResponses) GetEvidenceWithResponse(ctx context.Context, id int64, params *GetEvidenceParams, reqEditors ...RequestEditorFn) (*GetEvidenceResponse, error) {
	rsp, err := c.GetEvidence(ctx, id, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseGetEvidenceResponse(rsp)
}

// RejectQuarantinedWithBodyWithResponse Leave an image refused, and take it from the list of what waits
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/quarantine/{id}/reject (the `RejectQuarantined` operationId).
func (c *ClientWithResponses) RejectQuarantinedWithBodyWithResponse(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*RejectQuarantinedResponse, error) {
	rsp, err := c.RejectQuarantinedWithBody(ctx, id, contentType, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseRejectQuarantinedResponse(rsp)
}

// RejectQuarantinedWithResponse Leave an image refused, and take it from the list of what waits
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/quarantine/{id}/reject (the `RejectQuarantined` operationId).
func (c *ClientWithResponses) RejectQuarantinedWithResponse(ctx context.Context, id int64, body RejectQuarantinedJSONRequestBody, reqEditors ...RequestEditorFn) (*RejectQuarantinedResponse, error) {
	rsp, err := c.RejectQuarantined(ctx, id, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseRejectQuarantinedResponse(rsp)
}

// ReleaseQuarantinedWithBodyWithResponse Make an exception for an image in quarantine
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/quarantine/{id}/release (the `ReleaseQuarantined` operationId).
func (c *ClientWithResponses) ReleaseQuarantinedWithBodyWithResponse(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*ReleaseQuarantinedResponse, error) {
	rsp, err := c.ReleaseQuarantinedWithBody(ctx, id, contentType, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseReleaseQuarantinedResponse(rsp)
}

// ReleaseQuarantinedWithResponse Make an exception for an image in quarantine
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/quarantine/{id}/release (the `ReleaseQuarantined` operationId).
func (c *ClientWithResponses) ReleaseQuarantinedWithResponse(ctx context.Context, id int64, body ReleaseQuarantinedJSONRequestBody, reqEditors ...RequestEditorFn) (*ReleaseQuarantinedResponse, error) {
	rsp, err := c.ReleaseQuarantined(ctx, id, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseReleaseQuarantinedResponse(rsp)
}

// GetReportWithResponse Show what is known of one blob under the rule set in force
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/reports/{digest} (the `GetReport` operationId).
func (c *ClientWithResponses) GetReportWithResponse(ctx context.Context, digest string, reqEditors ...RequestEditorFn) (*GetReportResponse, error) {
	rsp, err := c.GetReport(ctx, digest, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseGetReportResponse(rsp)
}

// ListRequestsWithResponse List requests, newest first
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/requests (the `ListRequests` operationId).
func (c *ClientWithResponses) ListRequestsWithResponse(ctx context.Context, params *ListRequestsParams, reqEditors ...RequestEditorFn) (*ListRequestsResponse, error) {
	rsp, err := c.ListRequests(ctx, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseListRequestsResponse(rsp)
}

// CreateRequestWithBodyWithResponse Ask for an exception for what was refused
//
// Nobody needs a role for this.
//
// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/requests (the `CreateRequest` operationId).
func (c *ClientWithResponses) CreateRequestWithBodyWithResponse(ctx context.Context, params *CreateRequestParams, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*CreateRequestResponse, error) {
	rsp, err := c.CreateRequestWithBody(ctx, params, contentType, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseCreateRequestResponse(rsp)
}

// CreateRequestWithResponse Ask for an exception for what was refused
//
// Nobody needs a role for this.
//
// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/requests (the `CreateRequest` operationId).
func (c *ClientWithResponses) CreateRequestWithResponse(ctx context.Context, params *CreateRequestParams, body CreateRequestJSONRequestBody, reqEditors ...RequestEditorFn) (*CreateRequestResponse, error) {
	rsp, err := c.CreateRequest(ctx, params, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseCreateRequestResponse(rsp)
}

// GetRequestWithResponse Show a request
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/requests/{id} (the `GetRequest` operationId).
func (c *ClientWithResponses) GetRequestWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*GetRequestResponse, error) {
	rsp, err := c.GetRequest(ctx, id, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseGetRequestResponse(rsp)
}

// ApproveRequestWithBodyWithResponse Make an exception of a request
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/requests/{id}/approve (the `ApproveRequest` operationId).
func (c *ClientWithResponses) ApproveRequestWithBodyWithResponse(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*ApproveRequestResponse, error) {
	rsp, err := c.ApproveRequestWithBody(ctx, id, contentType, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseApproveRequestResponse(rsp)
}

// ApproveRequestWithResponse Make an exception of a request
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/requests/{id}/approve (the `ApproveRequest` operationId).
func (c *ClientWithResponses) ApproveRequestWithResponse(ctx context.Context, id int64, body ApproveRequestJSONRequestBody, reqEditors ...RequestEditorFn) (*ApproveRequestResponse, error) {
	rsp, err := c.ApproveRequest(ctx, id, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseApproveRequestResponse(rsp)
}

// DeclineRequestWithBodyWithResponse Answer a request without an exception
//
// The least role is reviewer.
//
// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/requests/{id}/decline (the `DeclineRequest` operationId).
func (c *ClientWithResponses) DeclineRequestWithBodyWithResponse(ctx context.Context, id int64, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*DeclineRequestResponse, error) {
	rsp, err := c.DeclineRequestWithBody(ctx, id, contentType, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseDeclineRequestResponse(rsp)
}

// DeclineRequestWithResponse Answer a request without an exception
//
// The least role is reviewer.
//
// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/requests/{id}/decline (the `DeclineRequest` operationId).
func (c *ClientWithResponses) DeclineRequestWithResponse(ctx context.Context, id int64, body DeclineRequestJSONRequestBody, reqEditors ...RequestEditorFn) (*DeclineRequestResponse, error) {
	rsp, err := c.DeclineRequest(ctx, id, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseDeclineRequestResponse(rsp)
}

// ListRulesWithResponse List what is looked for
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/rules (the `ListRules` operationId).
func (c *ClientWithResponses) ListRulesWithResponse(ctx context.Context, reqEditors ...RequestEditorFn) (*ListRulesResponse, error) {
	rsp, err := c.ListRules(ctx, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseListRulesResponse(rsp)
}

// GetStatusWithResponse Show what is in force, and whether all of it is well
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/status (the `GetStatus` operationId).
func (c *ClientWithResponses) GetStatusWithResponse(ctx context.Context, reqEditors ...RequestEditorFn) (*GetStatusResponse, error) {
	rsp, err := c.GetStatus(ctx, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseGetStatusResponse(rsp)
}

// ListTokensWithResponse List API tokens, newest first
//
// The least role is admin.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/tokens (the `ListTokens` operationId).
func (c *ClientWithResponses) ListTokensWithResponse(ctx context.Context, params *ListTokensParams, reqEditors ...RequestEditorFn) (*ListTokensResponse, error) {
	rsp, err := c.ListTokens(ctx, params, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseListTokensResponse(rsp)
}

// CreateTokenWithBodyWithResponse Make an API token; the answer shows it, this once
//
// The least role is admin.
//
// Takes any type of body and a specified content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/tokens (the `CreateToken` operationId).
func (c *ClientWithResponses) CreateTokenWithBodyWithResponse(ctx context.Context, contentType string, body io.Reader, reqEditors ...RequestEditorFn) (*CreateTokenResponse, error) {
	rsp, err := c.CreateTokenWithBody(ctx, contentType, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseCreateTokenResponse(rsp)
}

// CreateTokenWithResponse Make an API token; the answer shows it, this once
//
// The least role is admin.
//
// Takes a body of the `application/json` content type, and returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/tokens (the `CreateToken` operationId).
func (c *ClientWithResponses) CreateTokenWithResponse(ctx context.Context, body CreateTokenJSONRequestBody, reqEditors ...RequestEditorFn) (*CreateTokenResponse, error) {
	rsp, err := c.CreateToken(ctx, body, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseCreateTokenResponse(rsp)
}

// RevokeTokenWithResponse End an API token now
//
// The least role is admin.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with POST /api/v1/tokens/{id}/revoke (the `RevokeToken` operationId).
func (c *ClientWithResponses) RevokeTokenWithResponse(ctx context.Context, id int64, reqEditors ...RequestEditorFn) (*RevokeTokenResponse, error) {
	rsp, err := c.RevokeToken(ctx, id, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseRevokeTokenResponse(rsp)
}

// WhoAmIWithResponse Say who sends the request, and what they may
//
// The least role is viewer.
//
// Returns a wrapper object for the known response body format(s).
//
// Corresponds with GET /api/v1/whoami (the `WhoAmI` operationId).
func (c *ClientWithResponses) WhoAmIWithResponse(ctx context.Context, reqEditors ...RequestEditorFn) (*WhoAmIResponse, error) {
	rsp, err := c.WhoAmI(ctx, reqEditors...)
	if err != nil {
		return nil, err
	}
	return ParseWhoAmIResponse(rsp)
}

// ParseListAuditResponse parses an HTTP response from a ListAuditWithResponse call
func ParseListAuditResponse(rsp *http.Response) (*ListAuditResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ListAuditResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest ItemsChange
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 200:
		var headers ListAuditResponse200Headers
		if values := rsp.Header.Values("Link"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Link", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.Link = value
		}
		response.Headers200 = &headers
	}

	return response, nil
}

// ParseVerifyAuditResponse parses an HTTP response from a VerifyAuditWithResponse call
func ParseVerifyAuditResponse(rsp *http.Response) (*VerifyAuditResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &VerifyAuditResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Verification
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseListExceptionsResponse parses an HTTP response from a ListExceptionsWithResponse call
func ParseListExceptionsResponse(rsp *http.Response) (*ListExceptionsResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ListExceptionsResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest ItemsException
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 200:
		var headers ListExceptionsResponse200Headers
		if values := rsp.Header.Values("Link"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Link", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.Link = value
		}
		response.Headers200 = &headers
	}

	return response, nil
}

// ParseCreateExceptionResponse parses an HTTP response from a CreateExceptionWithResponse call
func ParseCreateExceptionResponse(rsp *http.Response) (*CreateExceptionResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &CreateExceptionResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 201:
		var dest Exception
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON201 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 201:
		var headers CreateExceptionResponse201Headers
		if values := rsp.Header.Values("Idempotency-Replayed"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Idempotency-Replayed", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.IdempotencyReplayed = value
		}
		if values := rsp.Header.Values("Location"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Location", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.Location = value
		}
		response.Headers201 = &headers
	}

	return response, nil
}

// ParseImportExceptionsResponse parses an HTTP response from a ImportExceptionsWithResponse call
func ParseImportExceptionsResponse(rsp *http.Response) (*ImportExceptionsResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ImportExceptionsResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Imported
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseGetExceptionResponse parses an HTTP response from a GetExceptionWithResponse call
func ParseGetExceptionResponse(rsp *http.Response) (*GetExceptionResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &GetExceptionResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Exception
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseRenewExceptionResponse parses an HTTP response from a RenewExceptionWithResponse call
func ParseRenewExceptionResponse(rsp *http.Response) (*RenewExceptionResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &RenewExceptionResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Exception
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseRevokeExceptionResponse parses an HTTP response from a RevokeExceptionWithResponse call
func ParseRevokeExceptionResponse(rsp *http.Response) (*RevokeExceptionResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &RevokeExceptionResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Exception
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseListExposuresResponse parses an HTTP response from a ListExposuresWithResponse call
func ParseListExposuresResponse(rsp *http.Response) (*ListExposuresResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ListExposuresResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest ItemsExposure
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 200:
		var headers ListExposuresResponse200Headers
		if values := rsp.Header.Values("Link"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Link", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.Link = value
		}
		response.Headers200 = &headers
	}

	return response, nil
}

// ParseListFeedsResponse parses an HTTP response from a ListFeedsWithResponse call
func ParseListFeedsResponse(rsp *http.Response) (*ListFeedsResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ListFeedsResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Feeds
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseListImagesResponse parses an HTTP response from a ListImagesWithResponse call
func ParseListImagesResponse(rsp *http.Response) (*ListImagesResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ListImagesResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest ItemsImage
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 200:
		var headers ListImagesResponse200Headers
		if values := rsp.Header.Values("Link"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Link", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.Link = value
		}
		response.Headers200 = &headers
	}

	return response, nil
}

// ParseExplainImageResponse parses an HTTP response from a ExplainImageWithResponse call
func ParseExplainImageResponse(rsp *http.Response) (*ExplainImageResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ExplainImageResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Explanation
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseGetLoginResponse parses an HTTP response from a GetLoginWithResponse call
func ParseGetLoginResponse(rsp *http.Response) (*GetLoginResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &GetLoginResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest LoginWay
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseListNotificationsResponse parses an HTTP response from a ListNotificationsWithResponse call
func ParseListNotificationsResponse(rsp *http.Response) (*ListNotificationsResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ListNotificationsResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest ItemsNotification
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 200:
		var headers ListNotificationsResponse200Headers
		if values := rsp.Header.Values("Link"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Link", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.Link = value
		}
		response.Headers200 = &headers
	}

	return response, nil
}

// ParseGetNotificationResponse parses an HTTP response from a GetNotificationWithResponse call
func ParseGetNotificationResponse(rsp *http.Response) (*GetNotificationResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &GetNotificationResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Notification
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseReplayNotificationResponse parses an HTTP response from a ReplayNotificationWithResponse call
func ParseReplayNotificationResponse(rsp *http.Response) (*ReplayNotificationResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ReplayNotificationResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Notification
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseGetPolicyResponse parses an HTTP response from a GetPolicyWithResponse call
func ParseGetPolicyResponse(rsp *http.Response) (*GetPolicyResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &GetPolicyResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Policy
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 200:
		var headers GetPolicyResponse200Headers
		if values := rsp.Header.Values("ETag"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "ETag", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.ETag = value
		}
		response.Headers200 = &headers
	}

	return response, nil
}

// ParseTestPolicyResponse parses an HTTP response from a TestPolicyWithResponse call
func ParseTestPolicyResponse(rsp *http.Response) (*TestPolicyResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &TestPolicyResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Replay
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseValidatePolicyResponse parses an HTTP response from a ValidatePolicyWithResponse call
func ParseValidatePolicyResponse(rsp *http.Response) (*ValidatePolicyResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ValidatePolicyResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Checked
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseListPullsResponse parses an HTTP response from a ListPullsWithResponse call
func ParseListPullsResponse(rsp *http.Response) (*ListPullsResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ListPullsResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest ItemsPull
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 200:
		var headers ListPullsResponse200Headers
		if values := rsp.Header.Values("Link"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Link", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.Link = value
		}
		response.Headers200 = &headers
	}

	return response, nil
}

// ParseListQuarantineResponse parses an HTTP response from a ListQuarantineWithResponse call
func ParseListQuarantineResponse(rsp *http.Response) (*ListQuarantineResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ListQuarantineResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest ItemsQuarantined
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 200:
		var headers ListQuarantineResponse200Headers
		if values := rsp.Header.Values("Link"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Link", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.Link = value
		}
		response.Headers200 = &headers
	}

	return response, nil
}

// ParseGetQuarantinedResponse parses an HTTP response from a GetQuarantinedWithResponse call
func ParseGetQuarantinedResponse(rsp *http.Response) (*GetQuarantinedResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &GetQuarantinedResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Quarantined
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseGetEvidenceResponse parses an HTTP response from a GetEvidenceWithResponse call
func ParseGetEvidenceResponse(rsp *http.Response) (*GetEvidenceResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &GetEvidenceResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 200:
		var headers GetEvidenceResponse200Headers
		if values := rsp.Header.Values("Content-Disposition"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Content-Disposition", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.ContentDisposition = value
		}
		if values := rsp.Header.Values("Content-Type"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Content-Type", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.ContentType = value
		}
		if values := rsp.Header.Values("Evidence-Layer"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Evidence-Layer", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.EvidenceLayer = value
		}
		if values := rsp.Header.Values("Evidence-Offset"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Evidence-Offset", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.EvidenceOffset = value
		}
		if values := rsp.Header.Values("Evidence-Path"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Evidence-Path", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.EvidencePath = value
		}
		if values := rsp.Header.Values("Evidence-Size"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Evidence-Size", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.EvidenceSize = value
		}
		response.Headers200 = &headers
	}

	return response, nil
}

// ParseRejectQuarantinedResponse parses an HTTP response from a RejectQuarantinedWithResponse call
func ParseRejectQuarantinedResponse(rsp *http.Response) (*RejectQuarantinedResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &RejectQuarantinedResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Quarantined
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseReleaseQuarantinedResponse parses an HTTP response from a ReleaseQuarantinedWithResponse call
func ParseReleaseQuarantinedResponse(rsp *http.Response) (*ReleaseQuarantinedResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ReleaseQuarantinedResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Quarantined
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseGetReportResponse parses an HTTP response from a GetReportWithResponse call
func ParseGetReportResponse(rsp *http.Response) (*GetReportResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &GetReportResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Report
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseListRequestsResponse parses an HTTP response from a ListRequestsWithResponse call
func ParseListRequestsResponse(rsp *http.Response) (*ListRequestsResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ListRequestsResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest ItemsRequest
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 200:
		var headers ListRequestsResponse200Headers
		if values := rsp.Header.Values("Link"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Link", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.Link = value
		}
		response.Headers200 = &headers
	}

	return response, nil
}

// ParseCreateRequestResponse parses an HTTP response from a CreateRequestWithResponse call
func ParseCreateRequestResponse(rsp *http.Response) (*CreateRequestResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &CreateRequestResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 201:
		var dest Request
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON201 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 201:
		var headers CreateRequestResponse201Headers
		if values := rsp.Header.Values("Idempotency-Replayed"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Idempotency-Replayed", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.IdempotencyReplayed = value
		}
		if values := rsp.Header.Values("Location"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Location", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.Location = value
		}
		response.Headers201 = &headers
	}

	return response, nil
}

// ParseGetRequestResponse parses an HTTP response from a GetRequestWithResponse call
func ParseGetRequestResponse(rsp *http.Response) (*GetRequestResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &GetRequestResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Request
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseApproveRequestResponse parses an HTTP response from a ApproveRequestWithResponse call
func ParseApproveRequestResponse(rsp *http.Response) (*ApproveRequestResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ApproveRequestResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Request
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseDeclineRequestResponse parses an HTTP response from a DeclineRequestWithResponse call
func ParseDeclineRequestResponse(rsp *http.Response) (*DeclineRequestResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &DeclineRequestResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Request
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseListRulesResponse parses an HTTP response from a ListRulesWithResponse call
func ParseListRulesResponse(rsp *http.Response) (*ListRulesResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ListRulesResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Rules
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseGetStatusResponse parses an HTTP response from a GetStatusWithResponse call
func ParseGetStatusResponse(rsp *http.Response) (*GetStatusResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &GetStatusResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Status
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseListTokensResponse parses an HTTP response from a ListTokensWithResponse call
func ParseListTokensResponse(rsp *http.Response) (*ListTokensResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &ListTokensResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest ItemsToken
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	switch {
	case rsp.StatusCode == 200:
		var headers ListTokensResponse200Headers
		if values := rsp.Header.Values("Link"); len(values) > 0 {
			var value string
			if err := runtime.BindStyledParameterWithOptions("simple", "Link", values[0], &value, runtime.BindStyledParameterOptions{ParamLocation: runtime.ParamLocationHeader, Explode: false, Required: false, Type: "string", Format: ""}); err != nil {
				return nil, err
			}
			headers.Link = value
		}
		response.Headers200 = &headers
	}

	return response, nil
}

// ParseCreateTokenResponse parses an HTTP response from a CreateTokenWithResponse call
func ParseCreateTokenResponse(rsp *http.Response) (*CreateTokenResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &CreateTokenResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 201:
		var dest MadeToken
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON201 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseRevokeTokenResponse parses an HTTP response from a RevokeTokenWithResponse call
func ParseRevokeTokenResponse(rsp *http.Response) (*RevokeTokenResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &RevokeTokenResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Token
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}

// ParseWhoAmIResponse parses an HTTP response from a WhoAmIWithResponse call
func ParseWhoAmIResponse(rsp *http.Response) (*WhoAmIResponse, error) {
	bodyBytes, err := io.ReadAll(rsp.Body)
	defer func() { _ = rsp.Body.Close() }()
	if err != nil {
		return nil, err
	}

	response := &WhoAmIResponse{
		Body:         bodyBytes,
		HTTPResponse: rsp,
	}

	switch {
	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && rsp.StatusCode == 200:
		var dest Person
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.JSON200 = &dest

	case strings.Contains(rsp.Header.Get("Content-Type"), "json") && true:
		var dest ErrorModel
		if err := json.Unmarshal(bodyBytes, &dest); err != nil {
			return nil, err
		}
		response.ApplicationProblemJSONDefault = &dest

	}

	return response, nil
}
