using System.Collections;

namespace UserNet.Simulation;

/// <summary>
/// What goes wrong in a network, and when: faults, in an order that tells whose name is told first and no more.
/// </summary>
/// <remarks>
/// Immutable; two with the same faults in the same order are equal. Its text form can be read and is exact:
/// "3s..5s down client-router; 4s..4.5s loss server-router 30%; 7s..9s crash server". Any thread.
/// </remarks>
public sealed partial class FaultSchedule : IReadOnlyList<Fault>, IEquatable<FaultSchedule>
{
    private readonly Fault[] _faults;

    /// <summary>A schedule of some faults.</summary>
    public FaultSchedule(params IEnumerable<Fault> faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        _faults = [.. faults];
        foreach (Fault fault in _faults) ArgumentNullException.ThrowIfNull(fault, nameof(faults));
    }

    /// <summary>Nothing goes wrong.</summary>
    public static FaultSchedule Empty { get; } = new();

    /// <summary>How many faults there are.</summary>
    public int Count => _faults.Length;

    /// <summary>When the last fault is over; the time at which it begins for one that is never over; 0 without faults.</summary>
    public TimeSpan Length => _faults.Length == 0 ? TimeSpan.Zero : _faults.Max(static fault => fault.End ?? fault.Begin);

    /// <inheritdoc/>
    public Fault this[int index] => _faults[index];

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Faults with ; or the ends of lines between them; what follows a # in a line is a remark.</param>
    /// <exception cref="FormatException">It can't be read: the message says where, and what was expected there.</exception>
    /// <remarks>docs/faults.md has the grammar.</remarks>
    public static FaultSchedule Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new FaultSchedule(new FaultReader(text).ReadAll());
    }

    /// <summary>Reads the text form, if it can.</summary>
    /// <param name="text">As for <see cref="Parse"/>.</param>
    /// <param name="schedule">What it says; without faults when it can't be read.</param>
    /// <param name="error">Why it can't be read; null when it can.</param>
    public static bool TryParse(string? text, out FaultSchedule schedule, out string? error)
    {
        (schedule, error) = (Empty, null);
        try
        {
            schedule = Parse(text ?? "");
            return true;
        }
        catch (FormatException exception)
        {
            error = exception.Message;
            return false;
        }
    }

    /// <summary>The same faults and one more.</summary>
    public FaultSchedule With(Fault fault) => new([.. _faults, fault]);

    /// <summary>The same faults but for one.</summary>
    public FaultSchedule Without(int index) => new([.. _faults[..index], .. _faults[(index + 1)..]]);

    /// <summary>The same faults with another one in the place of one.</summary>
    public FaultSchedule Replace(int index, Fault fault) => new([.. _faults[..index], fault, .. _faults[(index + 1)..]]);

    /// <summary>Has all of it happen in a network.</summary>
    /// <param name="network">
    /// The network, with all links and hosts that are named. What is over by its time does not happen; what has begun
    /// begins at once.
    /// </param>
    /// <returns>Ends what is under way, and cancels what is to come.</returns>
    /// <exception cref="KeyNotFoundException">A link or a host is missing; nothing was scheduled.</exception>
    /// <remarks>
    /// At each instant first what is over ends, then what begins begins, all at once; before all timers of that instant
    /// that were set later. Faults of one link or host add up, and while any holds the conditions are those that were
    /// set with what holds on top: see <see cref="VirtualLink.ThereNow"/>. The network's thread.
    /// </remarks>
    public IDisposable ApplyTo(VirtualNetwork network)
    {
        ArgumentNullException.ThrowIfNull(network);
        return network.Apply(_faults);
    }

    /// <summary>How to have a run with these faults again: a line of C#, and options of a command line.</summary>
    /// <param name="seed">The seed of the network.</param>
    public string HowToRepeat(ulong seed)
    {
        string text = ToString();
        return $"var network = new VirtualNetwork({seed}); /* hosts and links */ "
            + $"FaultSchedule.Parse({FaultText.WriteLiteral(text)}).ApplyTo(network);\n"
            + $"--seed {seed} --faults {FaultText.WriteArgument(text)}";
    }

    /// <summary>The text form, in one line as long as no name has an end of line in it.</summary>
    public override string ToString() => string.Join("; ", (object[])_faults);

    /// <inheritdoc/>
    public bool Equals(FaultSchedule? other) => other is not null && _faults.AsSpan().SequenceEqual(other._faults);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FaultSchedule);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        int hash = Count;
        foreach (Fault fault in _faults)
        {
            long numbers = fault.Begin.Ticks + (fault.End?.Ticks * 3 ?? 1) + (fault.Time.Ticks * 5) + (fault.Parts * 7) + (fault.Amount * 11);
            hash = (hash * 31) + (int)(numbers ^ (numbers >> 32)) + ((int)fault.Kind * 131) + (int)fault.Direction + fault.Target.Length;
        }

        return hash;
    }

    /// <inheritdoc/>
    public IEnumerator<Fault> GetEnumerator() => ((IEnumerable<Fault>)_faults).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
