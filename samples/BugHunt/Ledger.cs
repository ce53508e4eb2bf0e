namespace UserNet.Samples.BugHunt;

/// <summary>What the server keeps on its disk: it survives a crash.</summary>
public sealed class Ledger
{
    private readonly HashSet<int> _seen = [];

    /// <summary>What is in the account.</summary>
    public int Balance { get; private set; }

    /// <summary>Books a deposit.</summary>
    public void Book(int amount) => Balance += amount;

    /// <summary>Books a deposit unless it was booked before.</summary>
    public void BookOnce(int number, int amount)
    {
        if (_seen.Add(number)) Balance += amount;
    }
}
