// A shop's backend for gopay-checkout: Go's standard library, SQLite.
// Its rules, and what you replace: ../README.md. Amounts are whole rupiah.
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"math"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

// ---- Settings

var (
	serverKey   = os.Getenv("MIDTRANS_SERVER_KEY")
	tokenSecret = os.Getenv("ORDER_TOKEN_SECRET")
	midtransURL = env("MIDTRANS_BASE_URL", "http://127.0.0.1:7081")
	port        = env("PORT", "7080")
	shopOrigin  = env("SHOP_ORIGIN", "http://127.0.0.1:"+port)
	database    = env("DATABASE", "shop.sqlite3")
	maxStreams  = env("MAX_STREAMS", "100")
)

var prices = map[string]int64{"kopi-gayo": 44_000, "teh-melati": 18_500, "gula-aren": 32_000}

const (
	midtransTimeout = 10 * time.Second
	pollInterval    = 10 * time.Second // between two status requests of the page that reach Midtrans
	tokenLifetime   = 24 * time.Hour
	clockSkew       = 10 * time.Minute
	bodyLimit       = 16 * 1024
)

// Push streams
const (
	streamLifetime  = 15 * time.Minute // then the page opens another one
	streamInterval  = time.Second      // between two looks into the database
	streamHeartbeat = 10 * time.Second // the contract allows 15
)

// Reconciliation
const (
	reconcileInterval = 5 * time.Second // between two passes
	reconcileBatch    = 20              // requests to Midtrans in one pass
	firstBackoff      = 15              // seconds; doubles with each poll
	maxBackoff        = 3600
	maxPolls          = 40 // a day and a half
)

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func main() {
	streams, err := strconv.Atoi(maxStreams)
	switch {
	case serverKey == "":
		stop("MIDTRANS_SERVER_KEY is not set")
	case len(tokenSecret) < 32:
		stop("ORDER_TOKEN_SECRET must have at least 32 characters")
	case err != nil || streams < 0:
		stop("MAX_STREAMS must be a whole number")
	}
	db, err := openDatabase(database)
	if err != nil {
		stop(fmt.Sprintf("The database %s cannot be opened: %v", database, err))
	}
	s := &shop{
		db:      db,
		client:  &http.Client{Timeout: midtransTimeout},
		streams: make(chan struct{}, streams),
	}
	go s.reconcileForEver()
	server := &http.Server{
		Addr:    "127.0.0.1:" + port,
		Handler: s,
		// No ReadTimeout and no WriteTimeout: they would cut push streams.
		ReadHeaderTimeout: 20 * time.Second,
		IdleTimeout:       time.Minute,
	}
	stop(server.ListenAndServe().Error())
}

func stop(why string) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(1)
}

type shop struct {
	db      *sql.DB
	client  *http.Client
	locks   [256]sync.Mutex // one charge of an order at a time
	streams chan struct{}   // a permit for each open push stream
}

// lockOrder waits for the order's lock, and returns what gives it back.
func (s *shop) lockOrder(orderID string) (unlock func()) {
	hash := fnv.New32a()
	hash.Write([]byte(orderID))
	lock := &s.locks[hash.Sum32()%uint32(len(s.locks))]
	lock.Lock()
	return lock.Unlock
}

// ---- Database: one row for each attempt to collect an order's money

const tables = `
CREATE TABLE IF NOT EXISTS attempts (
	-- Midtrans' order_id: the shop's own, with a suffix from the second attempt on
	id TEXT PRIMARY KEY,
	order_id TEXT NOT NULL,
	gross_amount INTEGER NOT NULL,
	idempotency_key TEXT NOT NULL DEFAULT (hex(randomblob(16))),
	made_at INTEGER NOT NULL DEFAULT (CAST(strftime('%s', 'now') AS INTEGER)),
	sent INTEGER NOT NULL DEFAULT 0,      -- its charge was requested at Midtrans
	rank REAL NOT NULL DEFAULT -1,        -- how far the payment has come: see ranks
	in_doubt INTEGER NOT NULL DEFAULT 0,  -- settled, but fraud_status is not accept
	transaction_status TEXT NOT NULL DEFAULT '',
	status TEXT NOT NULL DEFAULT '{}',    -- what Midtrans said, for the page
	actions TEXT NOT NULL DEFAULT '',     -- the QR code and the link: Midtrans gives them once
	polled_at INTEGER NOT NULL DEFAULT 0, -- when the page's question last reached Midtrans
	polls INTEGER NOT NULL DEFAULT 0,     -- how often reconciliation has asked
	next_poll_at INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX IF NOT EXISTS attempts_of_order ON attempts (order_id);
CREATE INDEX IF NOT EXISTS attempts_to_poll ON attempts (next_poll_at) WHERE sent = 1 AND rank < 2;
-- The orders to ship. Not what was refunded, in part or whole.
CREATE VIEW IF NOT EXISTS paid_orders AS SELECT DISTINCT order_id FROM attempts WHERE rank = 2;
`

const columns = `id, order_id, gross_amount, idempotency_key, made_at, sent, rank, in_doubt,
	transaction_status, status, actions, polls`

type attempt struct {
	id, orderID       string
	grossAmount       int64
	idempotencyKey    string
	madeAt            int64
	sent              bool
	rank              float64
	inDoubt           bool
	transactionStatus string
	status, actions   string // JSON
	polls             int
}

func openDatabase(path string) (*sql.DB, error) {
	db, err := sql.Open("sqlite3", "file:"+path+"?_busy_timeout=10000&_synchronous=FULL")
	if err != nil {
		return nil, err
	}
	// SQLite has one writer at a time: the others wait here, and none of them is told that it is locked.
	db.SetMaxOpenConns(1)
	_, err = db.Exec(tables)
	return db, err
}

// query returns attempts; the statement's columns must be those above.
func (s *shop) query(statement string, values ...any) ([]attempt, error) {
	rows, err := s.db.Query(statement, values...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []attempt
	for rows.Next() {
		var a attempt
		err := rows.Scan(&a.id, &a.orderID, &a.grossAmount, &a.idempotencyKey, &a.madeAt, &a.sent, &a.rank,
			&a.inDoubt, &a.transactionStatus, &a.status, &a.actions, &a.polls)
		if err != nil {
			return nil, err
		}
		found = append(found, a)
	}
	return found, rows.Err()
}

// queryOne returns the first attempt, or nil.
func (s *shop) queryOne(statement string, values ...any) (*attempt, error) {
	found, err := s.query(statement, values...)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}

func (s *shop) attemptsOf(orderID string) ([]attempt, error) {
	return s.query("SELECT "+columns+" FROM attempts WHERE order_id = ? ORDER BY rowid", orderID)
}

func (s *shop) attemptByID(id string) (*attempt, error) {
	return s.queryOne("SELECT "+columns+" FROM attempts WHERE id = ?", id)
}

func (s *shop) addAttempt(id, orderID string, grossAmount int64) (*attempt, error) {
	insert := "INSERT INTO attempts (id, order_id, gross_amount) VALUES (?, ?, ?)"
	if _, err := s.db.Exec(insert, id, orderID, grossAmount); err != nil {
		return nil, err
	}
	return s.attemptByID(id)
}

// effectiveAttempt returns the attempt that the payer is told about. Money that is there comes before money that went
// back, then what can still be paid, then the newest end.
func (s *shop) effectiveAttempt(orderID string) (*attempt, error) {
	found, err := s.queryOne(`
		SELECT `+columns+` FROM attempts WHERE order_id = ? AND rank >= 0
		ORDER BY CASE
				WHEN rank = 2 THEN 0
				WHEN rank >= 3 AND rank < 4 THEN 1
				WHEN rank >= 4 THEN 2
				WHEN rank = 0 THEN 3
				ELSE 4
			END, rowid DESC
		LIMIT 1`, orderID)
	if err == nil && found == nil {
		err = newAPIError("404", "There is no transaction of this order")
	}
	return found, err
}

// ---- JSON. What is absent, null or of another type is an empty text

type object map[string]any

func text(o object, name string) string {
	switch value := o[name].(type) {
	case string:
		return value
	case json.Number: // as it was written
		return value.String()
	}
	return ""
}

// number is 0 for an empty text, and NaN, which equals nothing, for what is no number.
func number(o object, name string) float64 {
	written := text(o, name)
	if written == "" {
		return 0
	}
	value, err := strconv.ParseFloat(written, 64)
	if err != nil {
		return math.NaN()
	}
	return value
}

func parseObject(written []byte) (object, error) {
	decoder := json.NewDecoder(bytes.NewReader(written))
	decoder.UseNumber()
	var o object
	err := decoder.Decode(&o)
	return o, err
}

// ---- Errors, in the shape of Midtrans' own

type apiError struct {
	body         object
	fromMidtrans bool // what Midtrans answered instead, or 503 where it did not answer
}

func (e *apiError) Error() string {
	return text(e.body, "status_message")
}

func errorBody(code, message string) object {
	return object{"status_code": code, "status_message": message}
}

func newAPIError(code, why string) error {
	return &apiError{body: errorBody(code, why)}
}

// logError writes one line, whatever stands in the text.
func logError(err error) {
	var known *apiError
	if errors.As(err, &known) && known.fromMidtrans {
		return // midtrans has logged it
	}
	log.Printf("%q", err.Error())
}

// answerTo is what the page is told of an error. Midtrans' 401, 403 and 404 are about our key and our rows: the page
// would take them for the payer's session.
func answerTo(err error) object {
	var known *apiError
	if !errors.As(err, &known) {
		return errorBody("503", "Please retry later.")
	}
	if !known.fromMidtrans {
		return known.body
	}
	switch text(known.body, "status_code") {
	case "400", "402", "406", "410", "411", "412", "413", "414", "429":
		return known.body
	}
	return errorBody("503", "Midtrans: "+known.Error())
}

// ---- Midtrans

// midtrans returns Midtrans' answer; nil for the codes of `allow`, which are answers too. Any other error is logged and
// returned, with Midtrans' own words.
func (s *shop) midtrans(method, path string, body object, idempotencyKey string, allow ...string) (object, error) {
	answer := s.send(method, path, body, idempotencyKey)
	code := text(answer, "status_code")
	if code < "400" || code == "407" { // 407 is how it says `expire`
		return answer, nil
	}
	log.Printf("Midtrans, %s %s: %s %q", method, path, code, text(answer, "status_message"))
	for _, allowed := range allow {
		if code == allowed {
			return nil, nil
		}
	}
	return nil, &apiError{body: answer, fromMidtrans: true}
}

// send returns what was answered, or a 503 of its own.
func (s *shop) send(method, path string, body object, idempotencyKey string) object {
	unanswered := errorBody("503", "Midtrans did not answer")
	var content []byte
	if body != nil {
		content, _ = json.Marshal(body)
	}
	request, err := http.NewRequest(method, midtransURL+path, bytes.NewReader(content))
	if err != nil {
		return unanswered
	}
	request.SetBasicAuth(serverKey, "")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	if idempotencyKey != "" {
		request.Header.Set("Idempotency-Key", idempotencyKey)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return unanswered
	}
	defer response.Body.Close()
	received, err := io.ReadAll(response.Body)
	if err != nil {
		return unanswered
	}
	answer, err := parseObject(received)
	if err != nil || text(answer, "status_code") == "" {
		return unanswered
	}
	return answer
}

func (s *shop) getStatus(id string, allow ...string) (object, error) {
	return s.midtrans("GET", "/v2/"+id+"/status", nil, "", allow...)
}

// cancelAtMidtrans allows 412, it is too late, and 404, it was never made.
func (s *shop) cancelAtMidtrans(id string) error {
	_, err := s.midtrans("POST", "/v2/"+id+"/cancel", nil, "", "412", "404")
	return err
}

// ---- What a status means

// How far a payment has come. It only goes forwards; what has no rank is not believed.
const (
	pending        = 0.0
	ended          = 1.0
	paid           = 2.0
	partlyRefunded = 3.0
	refunded       = 4.0
)

var ranks = map[string]float64{
	"pending":        pending,
	"expire":         ended,
	"cancel":         ended,
	"deny":           ended,
	"failure":        ended,
	"capture":        paid,
	"settlement":     paid,
	"partial_refund": partlyRefunded,
	"refund":         refunded,
}

func statusOf(answer object) string {
	return strings.ToLower(text(answer, "transaction_status"))
}

// isInDoubt: an empty text, null and absence are the same as accept.
func isInDoubt(answer object) bool {
	fraudStatus := text(answer, "fraud_status")
	isAccepted := fraudStatus == "" || fraudStatus == "accept"
	return ranks[statusOf(answer)] == paid && !isAccepted
}

// rankOf is NaN for what is not believed: it compares with nothing.
func rankOf(answer object) float64 {
	rank, isKnown := ranks[statusOf(answer)]
	if !isKnown || isInDoubt(answer) {
		return math.NaN()
	}
	if rank != partlyRefunded {
		return rank
	}
	// The more was refunded, the further it has come.
	return rank + number(answer, "refund_amount")/number(answer, "gross_amount")
}

// canStillBePaid: money may still come for an attempt that ended or was never answered.
func (a *attempt) canStillBePaid() bool {
	isDenied := a.transactionStatus == "deny" || a.transactionStatus == "failure"
	return a.sent && a.rank < paid && !isDenied
}

// transactionID is empty until Midtrans has answered.
func (a *attempt) transactionID() string {
	status, _ := parseObject([]byte(a.status))
	return text(status, "transaction_id")
}

// Midtrans' times are Jakarta's, without an offset.
var jakarta = time.FixedZone("WIB", 7*60*60)

// ---- What is stored

// applyStatus stores what Midtrans answers about an attempt, if it is about this one.
func (s *shop) applyStatus(a *attempt, answer object, isOwnCharge bool) error {
	known := a.transactionID()
	currency := text(answer, "currency")
	isOurs := text(answer, "order_id") == a.id &&
		(known == "" || text(answer, "transaction_id") == known) &&
		number(answer, "gross_amount") == float64(a.grossAmount) &&
		(currency == "" || currency == "IDR")
	if !isOurs {
		return newAPIError("503", "Midtrans' answer contradicts "+a.id)
	}
	// The same order_id may have been used before: by an earlier shop, or by another system on the account. Our own charge
	// has the attempt's key with it. That needs no clock: to one that was ahead when the order was made, its own charge
	// would look older for ever. Only without the key, which an attempt from a restored backup does not know, does the age
	// decide: and what has none may be anybody's.
	isProven := known != "" || isOwnCharge || text(answer, "custom_field3") == a.idempotencyKey
	made, err := time.ParseInLocation("2006-01-02 15:04:05", text(answer, "transaction_time"), jakarta)
	isYounger := err == nil && !made.Before(time.Unix(a.madeAt, 0).Add(-clockSkew))
	if !isProven && !isYounger {
		return newAPIError("503", "Midtrans' transaction of "+a.id+" is older than the order, or undated")
	}

	status := object{}
	for name, value := range answer {
		if name != "signature_key" && name != "actions" && name != "custom_field3" {
			status[name] = value
		}
	}
	status["transaction_status"] = statusOf(answer)
	written, err := json.Marshal(status)
	if err != nil {
		return err
	}
	inDoubt := "UPDATE attempts SET in_doubt = ? WHERE id = ?"
	if _, err := s.db.Exec(inDoubt, isInDoubt(answer), a.id); err != nil {
		return err
	}
	// In one statement, so that of two answers at once neither can take a payment backwards. A rank of NaN is NULL there,
	// and compares with nothing.
	_, err = s.db.Exec(`
		UPDATE attempts
		SET status = json_patch(status, ?2), transaction_status = ?3, rank = ?4,
			actions = coalesce(nullif(?5, ''), actions)
		WHERE id = ?1 AND (
			transaction_status = ?3 AND rank <= ?4
			OR transaction_status NOT IN ('deny', 'failure') AND rank < ?4
		)`, a.id, string(written), statusOf(answer), rankOf(answer), actionsForBrowsers(answer))
	if err != nil {
		return err
	}
	return s.cancelRedundant(a.orderID)
}

// actionsForBrowsers returns JSON, or an empty text. get-status and cancel need the server key, and are not among them.
func actionsForBrowsers(answer object) string {
	var links []any
	actions, _ := answer["actions"].([]any)
	for _, action := range actions {
		fields, _ := action.(map[string]any)
		name := text(fields, "name")
		if strings.HasPrefix(name, "generate-qr-code") || strings.HasPrefix(name, "deeplink-redirect") {
			links = append(links, action)
		}
	}
	if len(links) == 0 {
		return ""
	}
	written, _ := json.Marshal(links)
	return string(written)
}

// cancelRedundant: an order that was paid is not to be paid twice. What can still be paid is cancelled.
func (s *shop) cancelRedundant(orderID string) error {
	attempts, err := s.attemptsOf(orderID)
	if err != nil || !anyOf(attempts, isPaid) {
		return err
	}
	for _, a := range attempts {
		if a.sent && a.rank <= pending {
			if err := s.cancelAtMidtrans(a.id); err != nil {
				return err
			}
		}
	}
	return nil
}

func anyOf(attempts []attempt, is func(attempt) bool) bool {
	for _, a := range attempts {
		if is(a) {
			return true
		}
	}
	return false
}

func isPaid(a attempt) bool { return a.rank >= paid }

func isDoubted(a attempt) bool { return a.inDoubt }

// poll asks Midtrans, and returns whether it knows the attempt: one that was sent and not answered may not be there.
func (s *shop) poll(a *attempt) (bool, error) {
	var allow []string
	if a.rank < pending {
		allow = []string{"404"}
	}
	answer, err := s.getStatus(a.id, allow...)
	if err != nil || answer == nil {
		return false, err
	}
	return true, s.applyStatus(a, answer, false)
}

// ---- Charging

// charge charges the order once: it goes on with what was begun, and starts over only after the end that the page has
// named.
func (s *shop) charge(orderID, retryOf string, gopay object) error {
	attempts, err := s.attemptsOf(orderID)
	if err != nil {
		return err
	}
	if len(attempts) == 0 {
		return newAPIError("404", "There is no such order")
	}
	a := &attempts[len(attempts)-1]
	isRetry := a.rank == ended && a.transactionID() == retryOf
	if !isRetry && (a.actions != "" || a.rank >= ended) {
		return nil
	}

	// Every request to /v2/charge comes after these questions: was an earlier attempt paid after all? Where Midtrans does
	// not say, nothing is charged.
	for i := range attempts {
		if attempts[i].canStillBePaid() {
			if _, err := s.poll(&attempts[i]); err != nil {
				return err
			}
		}
	}
	attempts, err = s.attemptsOf(orderID)
	if err != nil || anyOf(attempts, isPaid) {
		return err
	}
	if anyOf(attempts, isDoubted) {
		return newAPIError("503", "Midtrans has not decided about an earlier payment yet")
	}

	a = &attempts[len(attempts)-1]
	if isRetry {
		id := fmt.Sprintf("%s-%d", orderID, time.Now().UnixMilli())
		if a, err = s.addAttempt(id, orderID, a.grossAmount); err != nil {
			return err
		}
	} else if a.actions != "" || a.rank >= ended {
		return nil
	}
	isClaimed, err := s.claimCharge(a.id)
	if err != nil {
		return err
	}
	if !isClaimed { // a payment was stored since the questions: they are asked again
		return s.charge(orderID, retryOf, gopay)
	}
	return s.sendCharge(a, gopay)
}

// claimCharge stores that the charge is sent, if no attempt at the order is paid or in doubt. In one statement, because
// a notification may store a payment at any moment.
func (s *shop) claimCharge(id string) (bool, error) {
	claimed, err := s.queryOne(`
		UPDATE attempts SET sent = 1, next_poll_at = ?2
		WHERE id = ?1 AND NOT EXISTS (
			SELECT 1 FROM attempts AS one
			WHERE one.order_id = attempts.order_id AND (one.rank >= 2 OR one.in_doubt = 1)
		)
		RETURNING `+columns, id, time.Now().Unix()+firstBackoff)
	return claimed != nil, err
}

func (s *shop) sendCharge(a *attempt, gopay object) error {
	body := object{
		"payment_type":        "gopay",
		"transaction_details": object{"order_id": a.id, "gross_amount": a.grossAmount},
		"custom_field3":       a.idempotencyKey, // get-status gives it back: see applyStatus
	}
	if gopay != nil {
		body["gopay"] = gopay
	}
	// After a crash the key is the same. 406: it was made before, and its answer was lost.
	answer, err := s.midtrans("POST", "/v2/charge", body, a.idempotencyKey, "406")
	if err != nil {
		return err
	}
	isOwn := text(answer, "transaction_status") != ""
	if !isOwn {
		if answer, err = s.getStatus(a.id); err != nil {
			return err
		}
	}
	if _, hasActions := answer["actions"].([]any); !hasActions {
		url := midtransURL + "/v2/gopay/" + text(answer, "transaction_id") + "/qr-code"
		answer["actions"] = []any{map[string]any{"name": "generate-qr-code", "method": "GET", "url": url}}
	}
	return s.applyStatus(a, answer, isOwn)
}

// ---- Reconciliation: notifications get lost, and payers close the page

func (s *shop) reconcileForEver() {
	for {
		if err := s.reconcile(); err != nil {
			logError(err)
		}
		time.Sleep(reconcileInterval)
	}
}

// reconcile polls what is due. The first error ends the pass: a Midtrans in trouble is not asked twenty times.
func (s *shop) reconcile() error {
	for polled := 0; polled < reconcileBatch; polled++ {
		a, err := s.nextToPoll()
		if err != nil || a == nil {
			return err
		}
		if _, err := s.poll(a); err != nil {
			return err
		}
	}
	return nil
}

// nextToPoll takes the attempt that is due and schedules its next poll, in one statement: of two processes one polls it,
// and one that fails or crashes comes again, later each time. A poll that is scheduled further ahead than its wait can be
// was scheduled by a clock that was wrong: it is due. It returns nil if none is.
func (s *shop) nextToPoll() (*attempt, error) {
	a, err := s.queryOne(`
		UPDATE attempts SET polls = polls + 1, next_poll_at = ?1 + min(?2 << polls, ?3)
		WHERE id = (
			SELECT id FROM attempts
			WHERE sent = 1 AND rank < 2 AND transaction_status NOT IN ('deny', 'failure')
				AND (next_poll_at <= ?1 OR next_poll_at > ?1 + min(?2 << polls, ?3))
				AND polls < ?4
			ORDER BY next_poll_at
			LIMIT 1
		)
		RETURNING `+columns, time.Now().Unix(), firstBackoff, maxBackoff, maxPolls)
	if a != nil && a.polls == maxPolls && a.rank < ended {
		log.Printf("%s is still open, and polled for the last time", a.id)
	}
	return a, err
}

// ---- Order tokens: `{expiry, seconds since 1970}.{HMAC of expiry and order}`

func tokenFor(orderID string, expiry int64) string {
	mac := hmac.New(sha256.New, []byte(tokenSecret))
	fmt.Fprintf(mac, "%d.%s", expiry, orderID)
	return fmt.Sprintf("%d.%s", expiry, hex.EncodeToString(mac.Sum(nil)))
}

var bearer = regexp.MustCompile(`^Bearer (([1-9]\d{0,11})\.[0-9a-f]{64})$`)

func authorize(r *http.Request, orderID string) error {
	found := bearer.FindStringSubmatch(r.Header.Get("Authorization"))
	var expiry int64
	if found != nil {
		expiry, _ = strconv.ParseInt(found[2], 10, 64)
	}
	if expiry < time.Now().Unix() {
		return newAPIError("401", "The order token is missing, unreadable or expired")
	}
	if !hmac.Equal([]byte(found[1]), []byte(tokenFor(orderID, expiry))) { // in constant time
		return newAPIError("403", "The order token is of another order")
	}
	return nil
}

// ---- HTTP

var orderPath = regexp.MustCompile(`^/api/gopay/orders/([^/]+)(/cancel|/events)?$`)

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	path, orderID := r.URL.Path, ""
	if found := orderPath.FindStringSubmatch(path); found != nil {
		path, orderID = "/api/gopay/orders/*"+found[2], found[1]
	}

	var answer object
	var err error
	code := http.StatusOK
	switch r.Method + " " + path {
	case "POST /api/shop/orders":
		answer, err = s.placeOrder(w, r)
		code = http.StatusCreated
	case "POST /api/gopay/charge":
		answer, err = s.chargeRoute(w, r)
	case "GET /api/gopay/orders/*":
		answer, err = s.statusRoute(r, orderID)
	case "GET /api/gopay/orders/*/events":
		if err = s.eventsRoute(w, r, orderID); err == nil {
			return
		}
	case "POST /api/gopay/orders/*/cancel":
		answer, err = s.cancelRoute(r, orderID)
	case "POST /api/gopay/notifications":
		answer, err = s.notificationRoute(w, r)
	default:
		err = newAPIError("404", "The requested resource is not found")
	}

	if err != nil {
		answer = answerTo(err)
		code, _ = strconv.Atoi(text(answer, "status_code"))
		if code >= 500 {
			logError(err)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		logError(err)
	}
}

// readBody reads the JSON that was posted.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return nil, newAPIError("415", "Expected application/json")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		return nil, newAPIError("413", "Expected at most 16 kB")
	}
	return body, nil
}

// ---- Routes

// placeOrder: your cart instead; the page needs what is answered here. No later request names an amount.
func (s *shop) placeOrder(w http.ResponseWriter, r *http.Request) (object, error) {
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	var cart struct {
		Items []struct {
			SKU      string `json:"sku"`
			Quantity int64  `json:"quantity"`
		} `json:"items"`
	}
	wrongItems := newAPIError("400", "items: expected [{sku, quantity: 1 to 9}]")
	if err := json.Unmarshal(body, &cart); err != nil {
		return nil, wrongItems
	}
	var grossAmount int64
	for _, item := range cart.Items {
		price, isSold := prices[item.SKU]
		if !isSold || item.Quantity < 1 || item.Quantity > 9 {
			return nil, wrongItems
		}
		grossAmount += price * item.Quantity
	}
	if grossAmount == 0 {
		return nil, wrongItems
	}

	random := make([]byte, 10)
	if _, err := rand.Read(random); err != nil {
		return nil, err
	}
	orderID := "order-" + hex.EncodeToString(random)
	if _, err := s.addAttempt(orderID, orderID, grossAmount); err != nil {
		return nil, err
	}
	midtransHost, err := url.Parse(midtransURL)
	if err != nil {
		return nil, err
	}
	return object{
		"order_id":      orderID,
		"gross_amount":  grossAmount,
		"order_token":   tokenFor(orderID, time.Now().Add(tokenLifetime).Unix()),
		"trusted_hosts": []string{midtransHost.Host},
	}, nil
}

func (s *shop) chargeRoute(w http.ResponseWriter, r *http.Request) (object, error) {
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	var asked struct {
		TransactionDetails struct {
			OrderID string `json:"order_id"`
		} `json:"transaction_details"`
		RetryOf string `json:"retry_of"`
		GoPay   *struct {
			CallbackURL string `json:"callback_url"`
		} `json:"gopay"`
	}
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, newAPIError("400", "Expected a JSON object with transaction_details.order_id")
	}
	orderID := asked.TransactionDetails.OrderID
	if err := authorize(r, orderID); err != nil {
		return nil, err
	}
	var gopay object
	if asked.GoPay != nil {
		if !strings.HasPrefix(asked.GoPay.CallbackURL, shopOrigin+"/") {
			return nil, newAPIError("400", "gopay.callback_url is no page of the shop")
		}
		gopay = object{"enable_callback": true, "callback_url": asked.GoPay.CallbackURL}
	}
	if err := s.chargeOnce(orderID, asked.RetryOf, gopay); err != nil {
		return nil, err
	}
	a, err := s.effectiveAttempt(orderID)
	if err != nil {
		return nil, err
	}
	answer, err := parseObject([]byte(a.status))
	if err == nil && a.rank == pending && a.actions != "" {
		answer["actions"] = json.RawMessage(a.actions)
	}
	return answer, err
}

func (s *shop) chargeOnce(orderID, retryOf string, gopay object) error {
	defer s.lockOrder(orderID)()
	return s.charge(orderID, retryOf, gopay)
}

func (s *shop) statusRoute(r *http.Request, orderID string) (object, error) {
	if err := authorize(r, orderID); err != nil {
		return nil, err
	}
	a, err := s.effectiveAttempt(orderID)
	if err != nil {
		return nil, err
	}
	// Where it fails, at Midtrans or on a full disk, the status is as it was known.
	if a.rank < paid && s.claimPoll(a.id) {
		if _, err := s.poll(a); err != nil {
			logError(err)
		}
	}
	if a, err = s.effectiveAttempt(orderID); err != nil {
		return nil, err
	}
	return parseObject([]byte(a.status))
}

// claimPoll: of all requests of one interval the first asks Midtrans. A poll further ahead than an interval was noted by
// a clock that was wrong, and holds up nobody.
func (s *shop) claimPoll(id string) bool {
	claim := `UPDATE attempts SET polled_at = ?2
		WHERE id = ?1 AND (polled_at <= ?2 - ?3 OR polled_at > ?2 + ?3)`
	claimed, err := s.db.Exec(claim, id, time.Now().Unix(), int64(pollInterval.Seconds()))
	if err != nil {
		logError(err)
		return false
	}
	changed, err := claimed.RowsAffected()
	return err == nil && changed > 0
}

// eventsRoute is the push stream. It reads this shop's database: notifications and reconciliation bring what is new. So
// it holds for several processes too, and costs Midtrans nothing. An error is returned only before the first byte.
func (s *shop) eventsRoute(w http.ResponseWriter, r *http.Request, orderID string) error {
	if err := authorize(r, orderID); err != nil {
		return err
	}
	if _, err := s.effectiveAttempt(orderID); err != nil {
		return err
	}
	flusher, canFlush := w.(http.Flusher)
	if !canFlush {
		return errors.New("this server cannot stream")
	}
	select {
	case s.streams <- struct{}{}:
		defer func() { <-s.streams }()
	default:
		return newAPIError("503", "There are too many push streams") // the page polls then
	}

	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx is not to hold it back
	opened, sentAt, sent := time.Now(), time.Now(), ""
	for time.Since(opened) < streamLifetime {
		a, err := s.effectiveAttempt(orderID)
		if err != nil {
			logError(err)
			return nil
		}
		if a.status != sent {
			sent, sentAt = a.status, time.Now()
			fmt.Fprintf(w, "event: status\nid: %s.%s\ndata: %s\n\n", a.id, a.transactionStatus, a.status)
			flusher.Flush()
		} else if time.Since(sentAt) >= streamHeartbeat {
			sentAt = time.Now()
			fmt.Fprint(w, ":\n\n")
			flusher.Flush()
		}
		if a.rank >= ended {
			return nil
		}
		select {
		case <-r.Context().Done(): // the page has gone
			return nil
		case <-time.After(streamInterval):
		}
	}
	return nil
}

func (s *shop) cancelRoute(r *http.Request, orderID string) (object, error) {
	if err := authorize(r, orderID); err != nil {
		return nil, err
	}
	a, err := s.effectiveAttempt(orderID)
	if err != nil {
		return nil, err
	}
	if a.rank == pending {
		if err := s.cancelAtMidtrans(a.id); err != nil {
			return nil, err
		}
		if _, err := s.poll(a); err != nil {
			return nil, err
		}
	}
	if a, err = s.effectiveAttempt(orderID); err != nil {
		return nil, err
	}
	answer, err := parseObject([]byte(a.status))
	if err == nil && a.transactionStatus != "cancel" {
		answer["status_code"] = "412"
		answer["status_message"] = "Transaction status cannot be updated."
	}
	return answer, err
}

func (s *shop) notificationRoute(w http.ResponseWriter, r *http.Request) (object, error) {
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	notification, err := parseObject(body)
	if err != nil {
		return nil, newAPIError("400", "Expected a JSON object")
	}
	// Over the texts as they came, before anything else is read of them.
	id := text(notification, "order_id")
	signed := id + text(notification, "status_code") + text(notification, "gross_amount") + serverKey
	hash := sha512.Sum512([]byte(signed))
	signature := hex.EncodeToString(hash[:])
	if !hmac.Equal([]byte(signature), []byte(text(notification, "signature_key"))) { // in constant time
		return nil, newAPIError("403", "signature_key does not match")
	}

	a, err := s.attemptByID(id)
	if err == nil && a == nil {
		a, err = s.restoreAttempt(id)
	}
	if err != nil {
		return nil, err
	}
	if a == nil { // of another system on the account, or the dashboard's test
		return errorBody("200", "OK, and no order of this shop"), nil
	}

	// The signature does not cover the status: get-status decides, and is on disk before the 200. Whatever fails is a 503:
	// then Midtrans sends the notification again, four times.
	isKnown, err := s.poll(a)
	if err != nil {
		logError(err)
		isKnown = false
	}
	if a, err = s.attemptByID(id); err != nil {
		return nil, err
	}
	if !isKnown || rankOf(notification) > a.rank {
		return nil, newAPIError("503", "Not confirmed by get-status yet")
	}
	return errorBody("200", "OK"), nil
}

var laterAttempt = regexp.MustCompile(`^(.+)-\d+$`)

// restoreAttempt adds an attempt at an order of ours that is not in the database: that was restored from a backup. It
// returns nil for an order that is not ours.
func (s *shop) restoreAttempt(id string) (*attempt, error) {
	found := laterAttempt.FindStringSubmatch(id)
	if found == nil {
		return nil, nil
	}
	_, err := s.db.Exec(`
		INSERT INTO attempts (id, order_id, gross_amount, made_at, sent)
		SELECT ?, order_id, gross_amount, made_at, 1 FROM attempts WHERE id = ? AND id = order_id`, id, found[1])
	if err != nil {
		return nil, err
	}
	return s.attemptByID(id)
}
