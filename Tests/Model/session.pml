/*
 * One TLS session under two threads: the lock, the outbound queue, the sending turn, the wake-ups, the close state and
 * the stop signal of duplexd. Each inline and proctype carries the name of the Swift function that it stands for;
 * docs/model.md has the table, the abstractions and the properties.
 *
 * Checked by scripts/check-model. Each #ifdef is one way to get it wrong, which the checker must reject.
 */
#ifndef ASKS
#define ASKS 2                  /* records from the client that make the core answer */
#endif
#ifndef WRITES
#define WRITES 2                /* records that the backend's data turns into */
#endif
#ifndef ROOM
#define ROOM 1                  /* units of ciphertext that the client's socket holds */
#endif
#define UNITS (ASKS + WRITES + 2)       /* and close_notify, and an alert */

/*
 * A critical section as one step: sound because whatever touches what the lock guards checks that it holds the lock.
 * -DFINE takes it apart, for a search of its own and for the wrong variants that need it.
 */
#ifdef FINE
#define CRITICAL
#else
#define CRITICAL atomic
#endif

#define NOBODY 0
#define READER 1
#define WRITER 2

/* The properties. */
mtype = {
    lock_is_held, own_error, no_lock_while_blocking, in_order, close_notify_last, sent_before_fin, all_sent,
    no_deadlock, ends_alone, ends_after_stop, staged_is_whole
}
/* What the client, and the backend, have sent and nobody has taken; end, fin and reset stay. */
mtype = { nothing, ask, bad, close, end, data, fin, reset }
/* FlushOutcome. */
mtype = { flushed, pending, leftToHolder }

inline check(condition, property) {
    if
    :: (condition)
    :: else -> printf("broken: %e\n", property); assert(false)
    fi
}

/* ---- The world outside ---- */

mtype fromClient = nothing;
mtype fromBackend = nothing;
byte room = ROOM;               /* free in the client's socket */
bool isClientStalled, isBackendStuck;                   /* takes no more, ever */
bool isClientReset, isFinSent;

#define isReadable (fromClient != nothing || isClientReset)
#define isWritable (room > 0 || isClientReset || isFinSent)

/* ---- StopSignal, Wait ---- */

bool isGiven;                   /* StopSignal.isGiven */
bool isMade, isSignalled;       /* its eventfd: exists, is readable */

inline stop() {
#ifdef STOP_WITHOUT_LOCK
    if
    :: isMade -> isGiven = true; isSignalled = true
    :: !isMade -> isGiven = true
    fi
#else
    d_step { isGiven = true; isSignalled = isMade }     /* under StopSignal.lock */
#endif
}

inline descriptor() {
    d_step {                                            /* under StopSignal.lock */
        if
        :: !isMade -> isMade = true; isSignalled = isGiven
        :: else
        fi
    }
}

/* A call that has what it wants at once, or else Wait.until: poll. Whether the stop came first is in wasStopped. */
inline waitUntil(ready) {
    CRITICAL {
        check(owner != me, no_lock_while_blocking);     /* HeldLocks.assertNone */
        if
        :: (ready) -> wasStopped = isGiven
        :: true ->
            descriptor();
            if
            :: isGiven -> wasStopped = true
            :: else ->
                if
#ifdef STOP_NOT_STICKY
                :: isSignalled -> wasStopped = true; isSignalled = false
#else
                :: isSignalled -> wasStopped = true
#endif
                :: (ready) && !isSignalled -> wasStopped = false
                fi
            fi
        fi
    }
}

/* ---- Lock, Condition ---- */

byte owner = NOBODY;
bool isAsleep;                  /* a thread is in turnGivenUp.wait */

inline lock() { atomic { owner == NOBODY -> owner = me } }
inline unlock() { check(owner == me, lock_is_held); owner = NOBODY }

inline wait() {
#ifdef WAIT_AFTER_UNLOCK
    unlock(); isAsleep = true;
#else
    atomic { isAsleep = true; owner = NOBODY };
#endif
    !isAsleep; lock()
}
inline signal() { isAsleep = false }

/* ---- SessionCore: what its lock guards ---- */

byte window[UNITS], windowCount;                        /* what the library put out: numbered units of ciphertext */
byte batch[UNITS], batchCount, batchSent;               /* OutboundBatch */
byte staged;                                            /* records of plaintext behind the window's units, in its memory */
bool isHeld, isWanted;                                  /* SendingTurn */
bool hasFailure, isCloseNotifyQueued;     /* CloseState */
byte sslError = NOBODY;                                 /* whose call the library's one error field tells of */

byte emitted, arrived;          /* numbers of the last unit that the library put out, that a socket took */
byte closeNotifies;

/* ---- WolfSSLObject: a call, and its outcome, which is taken before the lock is given up ---- */

inline call() { check(owner == me, lock_is_held); sslError = me }
inline outcome() { check(sslError == me, own_error) }

/* duplex_transport_send: takes everything, always. */
inline emit() {
    d_step {
        check(closeNotifies == 0, close_notify_last);
        emitted++;
#ifdef PARTIAL_SEND_CALLBACK
        if                                              /* WANT_WRITE: the library hands it over once more */
        :: windowCount == 1 -> window[windowCount] = emitted; windowCount++
        :: else
        fi;
#endif
        window[windowCount] = emitted; windowCount++
    }
}

inline outcomeAndUnlock() {
#ifdef ERROR_AFTER_UNLOCK
    unlock(); outcome()
#else
    outcome(); sslError = NOBODY; unlock()
#endif
}

/* ---- SessionCore.read, write, close ---- */

#ifdef ANSWER_AFTER_CLOSE_NOTIFY
#define WAY_IS_OPEN true
#else
#define WAY_IS_OPEN !isCloseNotifyQueued
#endif
/* One record from the client: ask is answered, bad by an alert, close not at all. */
inline read() {
    CRITICAL {
        lock(); call();
        if
        :: record == close                          /* closeState.peerClosed: the last read */
        :: record != close && WAY_IS_OPEN -> emit(); hasOutput = true
        :: record != close && !(WAY_IS_OPEN)        /* nothing follows close_notify: the answer is dropped */
        fi;
        if
        :: record == bad -> hasFailure = true; staged = 0       /* fail */
        :: else
        fi;
        outcomeAndUnlock()
    }
}
inline write() {
    CRITICAL {
#ifndef WRITE_WITHOUT_LOCK
        lock();
#endif
        if
        :: hasFailure || isCloseNotifyQueued -> isRefused = true; unlock()      /* closeState.writeRefusal */
        :: else -> call(); emit(); outcomeAndUnlock()
        fi
    }
}

/* The writer's plaintext becomes the end of the window's memory: as many records as are left, or one. */
inline stage() {
    CRITICAL {
        lock();
        if
        :: hasFailure || isCloseNotifyQueued -> isRefused = true
        :: else ->
            if
            :: writes < WRITES -> staged = 1
            :: writes < WRITES -> staged = WRITES - writes
            :: writes == WRITES
            fi;
            writes = writes + staged
        fi;
        unlock()
    }
}
inline writeStaged() {
    CRITICAL {
        lock();
        if
        :: hasFailure || isCloseNotifyQueued -> isRefused = true; unlock()
        :: else -> call(); emit(); staged--; outcomeAndUnlock()
        fi
    }
}

inline closeSession() {
    CRITICAL {
        lock();
        if
#ifdef SECOND_CLOSE_NOTIFY
        :: !hasFailure ->
#else
        :: !hasFailure && !isCloseNotifyQueued ->       /* closeState.shouldQueueCloseNotify */
#endif
            isCloseNotifyQueued = true; call(); emit(); closeNotifies++; outcomeAndUnlock()
        :: else -> unlock()
        fi
    }
}

/* ---- SessionCore.flush ---- */

/* SendingTurn.take: the writer waits for the turn, the reader leaves the work to its holder. */
inline take() {
    do
#ifdef NO_TURN
    :: true -> isHeld = true; break
#else
    :: !isHeld -> isHeld = true; break
#endif
    :: isHeld && isPatient -> isWanted = true; wait(); isWanted = false
    :: isHeld && !isPatient -> flushOutcome = leftToHolder; break
    od
}

inline takeBatch() {
    d_step {
        if
#ifdef TAKEN_WHILE_STAGED
        :: batchSent == batchCount && windowCount > 0 ->
#else
        :: batchSent == batchCount && windowCount > 0 && staged == 0 ->     /* batch.exchange(with: window) */
#endif
            check(staged == 0, staged_is_whole);
            do
            :: batchSent > 0 -> batchSent--; batch[batchSent] = 0
            :: else -> batchCount = 0; break
            od;
            do
            :: batchCount < windowCount -> batch[batchCount] = window[batchCount]; window[batchCount] = 0; batchCount++
            :: else -> break
            od;
            windowCount = 0
        :: else
        fi
    }
    rest = batchCount - batchSent      /* batch.rest */
}

inline giveUpTurn(result) {
    isHeld = false; wake = isWanted;                    /* turn.giveUp */
    flushOutcome = result; rest = 0;
    unlock();
    if
#ifdef SIGNAL_LOST
    :: wake -> wake = false
#else
    :: wake -> wake = false; signal()
#endif
    :: else
    fi
}

/* Unlocks: with something to send, or without the turn. */
inline nextBatch() {
    takeBatch();
    if
    :: rest == 0 ->
#ifdef NO_RECHECK
        unlock(); lock();
#endif
        giveUpTurn((staged > 0 -> leftToHolder : flushed))
#ifdef SEND_UNDER_LOCK
    :: rest > 0
#else
    :: rest > 0 -> unlock()
#endif
    fi
}

/* One unit of the batch into the client's socket. */
inline put() {
    d_step {
        check(owner != me, no_lock_while_blocking);
        check(batch[batchSent + count] == arrived + 1, in_order);
        arrived = batch[batchSent + count]; room--; count++
    }
}
#define takesMore (count < rest && room > 0 && !isClientReset && !isFinSent)

/* ClientToBackend.flush's closure: as much as the socket takes now. */
inline sendNow() {
    do
    :: takesMore -> put()
    :: else -> break
    od
}

/* Transmission.send: waits for room, until the stop signal or a deadline. */
inline transmit() {
    do
    :: takesMore -> put()
    :: count == rest -> break
    :: count < rest && (isClientReset || isFinSent) -> hasFailed = true; break
    :: count < rest && room == 0 && !isClientReset ->
        if                                              /* waitForRoom */
#ifdef STOP_NOT_WATCHED
        :: !hasDeadline -> isWritable
#else
        :: !hasDeadline -> waitUntil(isWritable)
#endif
        :: hasDeadline && isWritable
        :: hasDeadline -> wasStopped = true             /* the deadline passes */
        fi;
        if
        :: wasStopped -> wasStopped = false; break
        :: else
        fi
    od
}

inline flush() {
    CRITICAL {
        lock(); take();
        if
        :: flushOutcome == leftToHolder -> unlock()
        :: else -> nextBatch()
        fi
    }
    do
    :: CRITICAL {
        rest > 0 ->
        if
        :: me == READER -> sendNow()
        :: me == WRITER -> transmit()
        fi;
#ifndef SEND_UNDER_LOCK
        lock();
#endif
        batchSent = batchSent + count;                  /* batch.advance */
        if
        :: count < rest -> count = 0; giveUpTurn(pending)
        :: else -> count = 0; nextBatch()
        fi }
    :: rest == 0 -> break
    od
}

/* ---- Connection.handle: the part of CloseTable that moves the threads ---- */

bool isToClientOpen = true, isStopOrderly;
bool isCut;                     /* stopped from outside or by a failure: what was not sent need not be */
bool isReaderWatching, isReaderEnded, isWriterEnded;

inline handleCut() { CRITICAL { isCut = true; isStopOrderly = false; isToClientOpen = false; stop() } }
inline handleStopOrderly() { CRITICAL { isCut = true; isStopOrderly = true; stop() } }

inline handleBackendFinished() {
    d_step { doesClose = isToClientOpen; isToClientOpen = false }
#ifdef STOP_BEFORE_CLOSE
    ; if
    :: isReaderWatching -> stop()
    :: else
    fi
#endif
}

inline handleWriterStopped(isComplete) {
    d_step { doesClose = isToClientOpen && isStopOrderly && isComplete; isToClientOpen = false }
}

/* The reader has nothing more to forward; the writer's end is told by the stop signal. Both under Connection.lock. */
inline beginWatching() {
#ifdef ENDS_CROSS
    isReaderDone = isWriterEnded; isReaderWatching = true
#else
    d_step { isReaderDone = isWriterEnded; isReaderWatching = true }
#endif
}
inline writerDone() {
#ifdef ENDS_CROSS
    doesStop = isReaderWatching; isWriterEnded = true;
#else
    d_step { doesStop = isReaderWatching; isWriterEnded = true };
#endif
    if
    :: doesStop -> doesStop = false; stop()
    :: else
    fi
}

/* ---- ClientToBackend ---- */

inline flushFromReader() {
    flush();
    atomic {
#ifdef READER_FORGETS_PENDING
        hasUnsentOutput = false;
#else
        hasUnsentOutput = flushOutcome == pending;
#endif
        flushOutcome = flushed; hasOutput = false
    }
}

/* A wait of the reader, which sends what the core has emitted whenever the client's socket takes it. */
inline waitAndFlush(ready) {
    do
    :: CRITICAL {
        waitUntil((ready) || (hasUnsentOutput && isWritable));
        if
        :: !wasStopped && hasUnsentOutput && (isWritable || !(ready))
        :: else -> break
        fi }
        flushFromReader();
        if
        :: (ready) -> break
        :: else
        fi
    od
}

/* ciphertext.receive: end and reset stay. */
inline receiveFromClient() {
    d_step {
        record = (isClientReset -> reset : fromClient);
        if
        :: record == end || record == reset
        :: else -> fromClient = nothing
        fi
    }
}

active proctype Reader() {      /* forward */
    byte me = READER;
    mtype record = nothing;
    bool wasStopped, wake, hasOutput, hasUnsentOutput, hasFailed, hasDeadline, isReaderDone;
    byte rest, count;
    mtype flushOutcome = flushed;
#ifdef READER_WAITS_FOR_TURN
    bool isPatient = true;
#else
    bool isPatient = false;
#endif

    do
    :: waitAndFlush(isReadable);                        /* receive, waitForClient */
        CRITICAL {
            if
            :: wasStopped -> goto ended
            :: else -> receiveFromClient()
            fi;
            if
            :: record == reset -> handleCut(); goto ended       /* clientReset */
            :: record == end -> goto atEnd        /* clientTruncated */
            :: else
            fi
        }
        read();
        CRITICAL {
            if
            :: record == close -> break                         /* clientClosed */
            :: record == bad -> goto failed                             /* sessionFailed */
            :: record == ask                            /* an answer, and plaintext for the backend */
            fi;
#ifndef BACKEND_BEFORE_ANSWER
            hasUnsentOutput = hasUnsentOutput || hasOutput;
#endif
            if                                          /* send */
            :: goto sent                                /* it takes all */
            :: skip                                     /* it is full for a moment */
            :: isBackendStuck = true                    /* it is full for ever */
            :: break                                    /* backendWriteFailed */
            fi
        }
        waitAndFlush(!isBackendStuck || isClientReset);                 /* waitForBackend */
        CRITICAL {
            if
            :: wasStopped -> goto ended
            :: !wasStopped && isClientReset -> handleCut(); goto ended
            :: else
            fi
        }
sent:   if
        :: hasOutput || hasUnsentOutput -> flushFromReader()
        :: else
        fi
    od;

#ifdef WATCH_FORGETS_PENDING
    hasUnsentOutput = false;
#endif
    beginWatching();                                    /* watchClient: discards */
    do
    :: isReaderDone -> goto ended
    :: !isReaderDone ->
        waitAndFlush(isReadable);
        CRITICAL {
            if
            :: wasStopped -> goto ended
            :: else -> receiveFromClient()
            fi;
            if
            :: record == reset -> handleCut(); goto ended
            :: record == end -> break
            :: else
            fi
        }
    od;

atEnd:                                                  /* watchForReset */
#ifdef WATCH_FORGETS_PENDING
    hasUnsentOutput = false;
#endif
    beginWatching();
    if
    :: isReaderDone || isWriterEnded                    /* waitForWriter */
    :: !isReaderDone -> waitAndFlush(isClientReset || isFinSent);       /* POLLERR, POLLHUP */
        if
        :: !wasStopped && isClientReset -> handleCut()
        :: else
        fi
    fi;
    goto ended;

failed:                                                 /* the alert goes out as far as the socket takes it */
    flushFromReader(); handleCut();
ended:
    atomic {
        wasStopped = false; record = nothing; hasOutput = false; hasUnsentOutput = false; isReaderDone = false;
        isReaderEnded = true
    }
}

/* ---- BackendToClient ---- */

inline flushFromWriter() {
    flush();
#ifdef WRITER_DOES_NOT_WAIT
    flushOutcome = (flushOutcome == leftToHolder -> flushed : flushOutcome)
#endif
}

active proctype Writer() {      /* forward */
    byte me = WRITER;
    mtype received = nothing;
    bool wasStopped, wake, isRefused, hasFailed, hasDeadline, doesClose, doesStop;
    byte rest, count, writes;
    mtype flushOutcome = flushed;
#ifdef WRITER_DOES_NOT_WAIT
    bool isPatient = false;
#else
    bool isPatient = true;
#endif

    do
    :: CRITICAL {
        waitUntil(fromBackend != nothing);              /* receive, waitForBackend */
        received = fromBackend;
        if
        :: !wasStopped && received == data -> fromBackend = nothing
        :: else
        fi };
        if
        :: wasStopped -> handleWriterStopped(true); break       /* stopped */
        :: !wasStopped && received == fin -> handleBackendFinished(); break
        :: !wasStopped && received == reset -> handleCut(); goto ended
        :: !wasStopped && received == data ->
            if                                          /* send(received:) */
            :: writes < WRITES -> write(); writes++     /* a small one */
            :: stage();
                do
                :: staged > 0 && !isRefused -> writeStaged()
                :: else -> break
                od
            fi;
            if
            :: isRefused -> handleCut(); goto ended
            :: else
            fi;
            flushFromWriter();
            if
            :: flushOutcome == flushed
            :: flushOutcome != flushed && hasFailed -> handleCut(); goto ended
            :: flushOutcome != flushed && !hasFailed -> handleWriterStopped(false); goto ended
            fi
        fi
    od;
    if
    :: doesClose ->                                     /* closeClient */
        closeSession(); flushFromWriter();
        if
        :: flushOutcome != flushed && !hasFailed ->
#ifdef SECOND_CLOSE_NOTIFY
            closeSession();
#endif
            hasDeadline = true; flushFromWriter()
        :: else
        fi;
        if
        :: flushOutcome == flushed ->                   /* finishClient */
            check(arrived == emitted, sent_before_fin); isFinSent = true
        :: flushOutcome != flushed && hasFailed -> handleCut()
        :: else
        fi
    :: else
    fi;
ended:
    atomic {
        wasStopped = false; isRefused = false; hasFailed = false; hasDeadline = false; doesClose = false;
        received = nothing; writes = 0; flushOutcome = flushed
    }
    writerDone()
}

/* ---- Client, backend, timekeeper: each may do what is written here at any moment, until all fall silent ---- */

/* What the threads no longer look at is not sent: poll puts the stop signal first. */
#define clientMay (!isGiven && !isReaderEnded && fromClient == nothing)
#define backendMay (!isGiven && !isWriterEnded && fromBackend == nothing)

active proctype ClientReads() {
endReading:
    do
    :: atomic { room < ROOM && !isClientStalled && !isClientReset -> room++ }
    od
}

active proctype ClientSends() {
    byte asks;
endIdle:
    do
    :: atomic { clientMay && asks < ASKS -> fromClient = ask; asks++ }
    :: atomic { clientMay && asks <= ASKS -> fromClient = bad; break }
    :: atomic { clientMay && asks <= ASKS -> fromClient = close; asks = ASKS + 1 }
    :: atomic { clientMay -> fromClient = end; break }
    :: atomic { !isGiven -> isClientReset = true; break }
    od
}

active proctype BackendSends() {
    byte batches;
endIdle:
    do
    :: atomic { backendMay && batches < WRITES -> fromBackend = data; batches++ }
    :: atomic { backendMay -> fromBackend = fin; break }
    :: atomic { backendMay -> fromBackend = reset; break }
    od
}

#ifndef CALM
active proctype Timekeeper() {
endIdle:
    do
    :: atomic { !isClientStalled -> isClientStalled = true }
    :: !isGiven -> handleStopOrderly(); break          /* idle, drained */
    :: !isGiven -> handleCut(); break                  /* a timeout that cuts; the operator asked twice */
    od
}
#endif

/* When nothing moves by itself: what has not happened by now will not happen while the world is silent. Then a stop. */
#define isQuiet (!enabled(0) && !enabled(1) && !enabled(2))     /* Reader, Writer, ClientReads */

active proctype Quiet() {
    atomic {
        isQuiet;
        check(owner == NOBODY && !isAsleep, no_deadlock);
        check(isClientStalled || isClientReset || isCut || arrived == emitted, all_sent);
        check(!isReaderWatching || !isWriterEnded || isReaderEnded, ends_alone);
        check(!isGiven || (isReaderEnded && isWriterEnded), ends_after_stop);
        handleCut()
    }
    atomic { isQuiet; check(isReaderEnded && isWriterEnded, ends_after_stop) }
}
