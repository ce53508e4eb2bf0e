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

    /// <summary>There is a piece.</summary>
    Exists = 8,
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
internal struct WriteQueue
{
    private WrittenPiece _head;
    private Ring? _behind;

    /// <summary>How many pieces there are.</summary>
    public readonly int Count => _head.Has(PieceMarks.Exists) ? 1 + (_behind?.Count ?? 0) : 0;

    /// <summary>Where the last one ends. Ask only while there is one.</summary>
    public SequenceNumber End => Tail.End;

    /// <summary>The piece that is sent next.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref WrittenPiece Head => ref _head;

    /// <summary>The piece that was written last.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref WrittenPiece Tail
    {
        get
        {
            if (_behind is { Count: > 0 } behind) return ref behind.At(behind.Count - 1);
            return ref _head;
        }
    }

    /// <summary>Where the last one begins, if the first begins there.</summary>
    public readonly SequenceNumber TailStart(SequenceNumber first) => Count switch
    {
        <= 1 => first,
        2 => _head.End,
        var count => _behind!.At(count - 3).End,
    };

    /// <summary>Adds a piece behind the last one.</summary>
    public void Add(SequenceNumber end)
    {
        var piece = new WrittenPiece { End = end, Marks = PieceMarks.Exists };
        if (Count == 0) _head = piece;
        else (_behind ??= new Ring()).Add(piece);
    }

    /// <summary>Takes the head out: all of it is sent.</summary>
    public void RemoveHead() => _head = _behind is { Count: > 0 } ? _behind.RemoveFirst() : default;

    /// <summary>Puts the beginning of the second piece behind the head; all of it makes one of both.</summary>
    /// <param name="octets">At most so many.</param>
    public void Join(int octets)
    {
        SequenceNumber end = _behind!.At(0).End;
        _head.End += Math.Min(octets, end - _head.End);
        if (_head.End == end) _head.Marks |= _behind.RemoveFirst().Marks;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _head = default;
        _behind = null;
    }

    // Pieces in their order.
    private sealed class Ring
    {
        private WrittenPiece[] _pieces = new WrittenPiece[4];
        private int _first;

        public int Count { get; private set; }

        public ref WrittenPiece At(int index) => ref _pieces[(_first + index) & (_pieces.Length - 1)];

        public void Add(WrittenPiece piece)
        {
            if (Count == _pieces.Length) Grow();
            At(Count++) = piece;
        }

        public WrittenPiece RemoveFirst()
        {
            WrittenPiece piece = At(0);
            _first = (_first + 1) & (_pieces.Length - 1);
            Count--;
            return piece;
        }

        private void Grow()
        {
            var larger = new WrittenPiece[_pieces.Length * 2];
            for (int i = 0; i < Count; i++) larger[i] = At(i);
            _pieces = larger;
            _first = 0;
        }
    }
}
