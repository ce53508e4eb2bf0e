using UserNet.Time;
using UserNet.Wire;
using static System.Net.NetworkInformation.TcpState;

namespace UserNet.Tcp;

// How many octets may still come. RFC 9293 §3.8.6.
internal sealed partial class Tcb
{
    private ReceiveTuning _tuning = new();
    private ReceiveMemory? _memory;       // while a packet is held
    private bool _hasRead;                // the user has, and what follows from it is still to be done
    private SequenceNumber _readUpTo;     // as far as the first packet that it took goes
    private bool _isOutOfMemory;          // the last packet in order was dropped: no window is offered until the next ACK has said so

    /// <summary>The receive buffer and what follows from it.</summary>
    public ref readonly ReceiveTuning Tuning => ref _tuning;

    /// <summary>What a SYN or SYN-ACK offers, octets: never scaled.</summary>
    private ushort FirstWindow => WindowMath.First(_context.Settings.Profile, _tuning.Buffer, FirstMss, Options.WindowClamp);

    /// <summary>What there is room for at first, octets. A listener knows already whether each segment loses octets to timestamps.</summary>
    private int InitialRoom => WindowMath.Initial(_context.Settings.Profile, _tuning.Buffer, FirstMss, Options.WindowClamp);

    private int FirstMss => CookieMss > 0 ? CookieMss : OwnMss - (_pendingIn is not null && _agreed.Timestamps ? TimestampsLength : 0);

    /// <summary>Buffers are counted as Linux counts them.</summary>
    private bool CountsPackets => _context.Settings.Profile.WindowFormula == TcpWindowFormula.HalfAndGrowing;

    /// <summary>What of the receive buffer is good for more payload, octets; negative where it is overdrawn (tcp_space).</summary>
    private int FreeSpace
    {
        get
        {
            if (!CountsPackets) return _context.Settings.IsFreeBsd ? ReceiveRoom : _tuning.Space - Unread;
            int held = Held;
            if (_examined > 0) held -= (int)((long)held * _examined / _receiveRing.Count);
            return _tuning.WindowOf(_tuning.Buffer - held);
        }
    }

    /// <summary>The largest segment that the peer sends, octets: what this host's SYN said.</summary>
    private ushort OwnMss => Offer.Mss;

    /// <summary>Octets in order that wait to be read; what a reader has looked at and waits for more does not count.</summary>
    private int Unread => _receiveRing.Count - _examined;

    /// <summary>What the last acknowledgment offered, octets (rcv_wnd).</summary>
    private int Offered => Rcv.Edge - Rcv.LastAckSent;

    /// <summary>What the next acknowledgment would offer, octets.</summary>
    private int NextWindow => WindowMath.Next(_context.Settings, Basis);

    /// <summary>What there is room to offer, octets, whatever was offered before (__tcp_select_window).</summary>
    private int WindowWanted => WindowMath.Wanted(_context.Settings, Basis);

    private WindowBasis Basis => new()
    {
        Space = _isReadShut && _context.Settings.IsFreeBsd ? 0 : _tuning.Space,
        Free = FreeSpace,
        Current = Rcv.Wnd,
        Offered = Offered,
        Mss = _context.Settings.IsFreeBsd ? WholeSegment : _acks.SegmentSize,
        Scale = _agreed.ReceiveScale,
        Threshold = _tuning.Threshold,
        Clamp = _tuning.Clamp,
    };

    /// <summary>The buffer is chosen before the first segment is sent.</summary>
    private void ChooseWindow() =>
        _tuning.Begin(_context.Settings.Profile, Options.ReceiveBuffer ?? _context.Settings.ReceiveBuffer.Default, Options.WindowClamp);

    /// <summary>The handshake is over, and both maximum segment sizes are known.</summary>
    private void StartReceiving(Timestamp now)
    {
        _ownMss = (ushort)(OwnMss - (CountsPackets && _agreed.Timestamps ? TimestampsLength : 0));
        int mss = _context.Settings.Profile.WindowFormula == TcpWindowFormula.Whole ? Math.Min(_ownMss, _agreed.Mss) : _ownMss;
        if (_octets is not null) mss = _octets.HasUnknownMss ? 0 : Math.Max(mss, _context.Settings.MinSendMss);
        _predicts = _isCalled || _agreed.SendScale == 0;      // who has asked for the connection waits for the first window, if that is scaled
        _acks.Start(Math.Min(_ownMss, Mss), InitialRoom);
        _tuning.Start(_context.Settings, CountsPackets ? InitialRoom : Math.Min(InitialRoom, ushort.MaxValue << _agreed.ReceiveScale), mss, Options.WindowClamp,
            ushort.MaxValue << _agreed.ReceiveScale, Rcv.Nxt, now);
    }

    /// <summary>SO_RCVBUF was set: a smaller window comes about as data fills it, since its edge never goes back.</summary>
    public void OnReceiveBufferSet()
    {
        if (IsGone) return;
        _tuning.Resize(_context.Settings.Profile, Options.ReceiveBuffer ?? _tuning.Buffer, Options.WindowClamp);
        if (!CountsPackets) OnRead();
    }

    /// <summary>TCP_WINDOW_CLAMP was set.</summary>
    public void OnWindowClampSet()
    {
        if (IsGone || State is SynSent || Options.WindowClamp == 0) return;
        if (CountsPackets) _tuning.SetClamp(Options.WindowClamp, Offered);
        else _tuning.Resize(_context.Settings.Profile, _tuning.Buffer, Options.WindowClamp);
    }

    /// <summary>The window field of the segment that is sent now; what it says is offered from then on.</summary>
    private ushort OfferWindow()
    {
        byte scale = _agreed.ReceiveScale;
        if (_isOutOfMemory)
        {
            _isOutOfMemory = _predicts = false;
            Rcv.Edge = Rcv.Nxt;
            return 0;
        }

        if (IsFilling) _acks.EndQuick();
        int window = NextWindow;
        ushort field = WindowMath.Field(_context.Settings.Profile, window, scale);
        if (_octets is not null) _octets.SaidZero = field == 0;
        if (field == 0) _predicts = false;
        if (CountsPackets)
        {
            Rcv.Edge = Rcv.Nxt + window;      // a header may not be able to say it
            return field;
        }

        SequenceNumber edge = Rcv.Nxt + (field << scale);
        Rcv.Edge = _context.Settings.MayShrinkWindow ? SequenceNumber.Max(edge, Rcv.Nxt) : SequenceNumber.Max(Rcv.Edge, edge);
        return field;
    }

    /// <summary>More than half of the buffer is in use.</summary>
    private bool IsFilling => FreeSpace < Math.Min(_tuning.Space, _tuning.Clamp) / 2;

    /// <summary>What the packets with unread octets take of the receive buffer, octets.</summary>
    public int Held => _memory?.Total ?? 0;

    private void ReleaseRead()
    {
        int before = Held;
        _memory?.Release(_receiveRing.First);
        ReleaseMemory();
        Settle(before);
    }

    private ReceiveMemory Memory => _memory ??= _context.SentQueues.RentMemory();

    private void ReleaseMemory()
    {
        if (_memory is not { IsEmpty: true } memory) return;
        _memory = null;
        _context.SentQueues.Return(memory);
    }

    /// <summary>What a packet costs of the receive buffer, and how much fits behind its octets.</summary>
    private int CostOf(in TcpSegment segment, out int room) =>
        ReceiveMemory.CostOf(_path.IpHeaderLength + segment.HeaderLength + segment.Payload.Length, out room);

    /// <summary>
    /// Whether the receive buffer takes one more packet (tcp_try_rmem_schedule). What waits may have to be copied together first, or what
    /// waits beyond gaps be given up.
    /// </summary>
    /// <param name="incoming">The packet's first number: what lies before it beyond gaps is kept.</param>
    /// <param name="cost">What it costs.</param>
    private bool HasMemory(SequenceNumber incoming, int cost)
    {
        if (!CountsPackets) return true;
        int before = Held;
        bool hasRoom = Held <= _tuning.Buffer || MakesRoom(incoming);
        Settle(before);
        if (hasRoom) Reserve(cost);
        else _predicts = false;
        return hasRoom;
    }

    private bool MakesRoom(SequenceNumber incoming)
    {
        _acks.EndQuick();
        _tuning.Overflow(Held, Options.ReceiveBuffer is null ? _context.Settings.ReceiveBuffer.Max : 0, _ownMss);
        if (Held <= _tuning.Buffer) return true;
        _memory!.Collapse(_tuning.Ratio);
        if (Held <= _tuning.Buffer || _memory.ForgetLast(incoming, _tuning.Buffer) is not { } kept) return Held <= _tuning.Buffer;
        _receiveRing.ForgetFrom(kept);      // RFC 2018 §8
        _duplicate = default;
        ReleaseMemory();
        return Held <= _tuning.Buffer;
    }

    /// <summary>The peer's full segment may have another size (tcp_measure_rcv_mss): the window follows.</summary>
    private void MeasureSegment(int length, int cost)
    {
        int size = SizeOf(length);
        if (CountsPackets && size > _acks.SegmentSize) _tuning.Measure(length, cost, Offered);
    }

    /// <summary>A full segment echoes a timestamp: how long a round trip takes, as the receiver sees it (tcp_rcv_rtt_measure_ts).</summary>
    private void SampleTrip(in TcpSegment segment, in TcpOptionValues options, Timestamp now)
    {
        if (!_agreed.Timestamps || !options.HasTimestamps || !_tuning.IsNewEcho(options.TimestampEcho)) return;
        if (segment.SequenceLength >= _acks.SegmentSize && AgeOf(options.TimestampEcho, now) is { } age && age > TimeSpan.Zero)
            _tuning.SampleByEcho(age, _receiveRing.Count == 0 && !_isReadEnded);
    }

    private void GrowWindow(int length, int cost, int uncharged = 0)
    {
        if (_tuning.Grow((length, cost), uncharged == 0 ? FreeSpace : _tuning.WindowOf(_tuning.Buffer - Held + uncharged), _acks.SegmentSize, _ownMss, _context.Settings.ReceiveBuffer.Max)) _acks.KeepQuick();
    }

    private bool MayGrowBuffer => _context.Settings.TunesReceiveBuffer && Options.ReceiveBuffer is null;

    private void OnReadBefore(Timestamp now)
    {
        if (!_hasRead) return;
        _hasRead = false;
        FollowReader(now);
        AckAfterRead();
    }

    private void FollowReader(Timestamp now) =>
        _tuning.OnRead(_context.Settings, MayGrowBuffer, _readUpTo, _receiveRing.Next - _readUpTo, _receiveRing.LastHeld - _receiveRing.Next, now);

    // Who looks and takes nothing is measured, and acknowledged, as one who does.
    private void OnLook()
    {
        if (!_tuning.MeasuresReader)
        {
            AckAfterRead();
            return;
        }

        _hasRead = true;
        _context.Touch(this);
    }

    // A read is measured when it has copied its first packet: what else it takes comes too soon after that.
    private void NoteRead(SequenceNumber before)
    {
        if (_hasRead) return;
        _readUpTo = _receiveRing.First;
        if (_memory?.FirstEnd is { } end && end > before && end < _readUpTo) _readUpTo = end;
    }

    /// <summary>
    /// The user has read octets: the window may open. It is told when it opens by much, at least to the double, and never
    /// from nothing to little: RFC 9293 §3.8.6.2.2.
    /// </summary>
    public void OnRead()
    {
        ReleaseRead();
        if (IsGone || State is not (SynReceived or Established or FinWait1 or FinWait2 or CloseWait)) return;
        if (_context.Settings.IsFreeBsd)
        {
            if (State == SynReceived) return;
            if (State != CloseWait && OpensWindowAsFreeBsd) _ackNow = true;
            AskOutput();
            return;
        }

        if (CountsPackets && _tuning.MeasuresReader)
        {
            _hasRead = true;      // the buffer may grow, for which the time has to be known
            _context.Touch(this);
            return;
        }

        AckAfterRead();
    }

    /// <summary>A reader has come: what was left to it is acknowledged, or a window that has grown much is told (tcp_cleanup_rbuf).</summary>
    private void AckAfterRead()
    {
        bool isDue = _context.Settings.Profile.AckPolicy == TcpAckPolicy.QuickThenDelayed
            && _acks.IsDueAfterRead(Rcv.Nxt - Rcv.LastAckSent, CountsPackets ? Held == 0 : _receiveRing.Count == 0);
        if (!isDue && !OpensWindow) return;
        _ackNow = true;
        _context.Touch(this);
    }

    private bool OpensWindow
    {
        get
        {
            int current = Rcv.Wnd;
            if (_isReadShut || _isReadEnded || 2L * current > _tuning.Clamp) return false;
            if (CountsPackets && IsFilling) _acks.EndQuick();
            int next = WindowWanted;
            return next > 0 && next >= 2L * current && (CountsPackets || next - current >= Math.Min(_tuning.Space / 2, _acks.SegmentSize));
        }
    }
}
