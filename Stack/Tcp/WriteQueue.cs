namespace UserNet.Tcp;

/// <summary>What is known of a piece of what was written.</summary>
[Flags]
internal enum PieceMarks : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Its last segment has PSH.</summary>
    Push = 1,

    /// <summary>It ends a record: nothing is put behind it. MSG_EOR.</summary>
    EndsRecord = 2,

    /// <summary>The FIN is behind its last octet.</summary>
    Fin = 4,
}

/// <summary>Some of what was written and has not been sent: it goes from where the piece before it ends to its own end.</summary>
internal struct WrittenPiece
{
    /// <summary>The number behind its last octet.</summary>
    public SequenceNumber End;

    /// <summary>What is known of it.</summary>
    public PieceMarks Marks;

    /// <summary>True when any of the marks is set.</summary>
    public readonly bool Has(PieceMarks marks) => (Marks & marks) != 0;
}

/// <summary>
/// What was written and has not been sent, in the pieces in which Linux keeps it: they decide where PSH goes, which octets wait to be filled up to
/// a segment, and how much memory is in use. The octets themselves are in the <see cref="SendRing"/>.
/// </summary>
/// <remarks>The oldest is held in place, the others in a ring that is made for the second. To be held in a field, never copied. Gate held.</remarks>
internal struct WriteQueue()
{
    private WrittenPiece _head;
    private WrittenPiece[] _ring = [];      // those behind the head
    private int _first;

    /// <summary>How many pieces there are.</summary>
    public int Count { get; private set; }

    /// <summary>Where the last one ends. Ask only while there is one.</summary>
    public SequenceNumber End => Tail.End;

    /// <summary>The piece that is sent next.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref WrittenPiece Head => ref _head;

    /// <summary>The piece behind the head.</summary>
    public readonly ref WrittenPiece Second => ref _ring[_first];

    /// <summary>The piece that was written last.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref WrittenPiece Tail => ref Count <= 1 ? ref _head : ref _ring[(_first + Count - 2) & (_ring.Length - 1)];

    /// <summary>Where the last one begins, if the first begins there.</summary>
    public readonly SequenceNumber TailStart(SequenceNumber first) => Count switch
    {
        <= 1 => first,
        2 => _head.End,
        _ => _ring[(_first + Count - 3) & (_ring.Length - 1)].End,
    };

    /// <summary>Adds a piece behind the last one.</summary>
    public void Add(SequenceNumber end)
    {
        var piece = new WrittenPiece { End = end };
        if (Count == 0)
        {
            _head = piece;
        }
        else
        {
            if (Count - 1 == _ring.Length) Grow();
            _ring[(_first + Count - 1) & (_ring.Length - 1)] = piece;
        }

        Count++;
    }

    /// <summary>Takes the head out: all of it is sent.</summary>
    public void RemoveHead()
    {
        if (--Count == 0) return;
        _head = _ring[_first];
        _first = (_first + 1) & (_ring.Length - 1);
        if (Count == 1) _first = 0;
    }

    /// <summary>Puts the beginning of the second piece behind the head; all of it makes one of both.</summary>
    /// <param name="octets">At most so many.</param>
    public void Join(int octets)
    {
        int length = Math.Min(octets, Second.End - _head.End);
        _head.End += length;
        if (_head.End != Second.End) return;
        WrittenPiece eaten = Second;
        PieceMarks kept = _head.Marks;
        RemoveHead();
        _head = eaten with { Marks = kept | eaten.Marks };
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Count = _first = 0;
        _ring = [];
    }

    private void Grow()
    {
        var larger = new WrittenPiece[Math.Max(4, _ring.Length * 2)];
        for (int i = 0; i < _ring.Length; i++) larger[i] = _ring[(_first + i) & (_ring.Length - 1)];
        _ring = larger;
        _first = 0;
    }
}
