using UserNet.Drill.Language;

namespace UserNet.Drill.Machine;

/// <summary>A packet that left the stack.</summary>
/// <param name="Octets">All of the IP packet.</param>
/// <param name="Time">When, microseconds since the clock started.</param>
internal readonly record struct SentPacket(byte[] Octets, long Time);

/// <summary>What a script is played on: a stack, its clock, its wire and its calls.</summary>
/// <remarks>One thread. Times are microseconds since <see cref="StartClock"/>.</remarks>
internal interface IMachine : IDisposable
{
    /// <summary>The addresses of its ends, of the version of IP that it was made for.</summary>
    DrillAddresses Addresses { get; }

    /// <summary>The calls of its operating system. A call that waits has <see cref="Meanwhile"/> called.</summary>
    ISystem System { get; }

    /// <summary>What time it is.</summary>
    long Now { get; }

    /// <summary>True where time is real, so that what happens at once may be a little late.</summary>
    bool IsLive { get; }

    /// <summary>
    /// What is done while a call waits: called by the machine, with a question that says whether the call is over; returns when it is.
    /// </summary>
    Action<Func<bool>>? Meanwhile { get; set; }

    /// <summary>The clock stands at 0 from here on; before, time does not count.</summary>
    void StartClock();

    /// <summary>Lets time pass, with all that happens meanwhile, the instant itself included.</summary>
    /// <param name="time">Until when; in the past for not at all.</param>
    /// <param name="isOver">Looked at after each thing that happened; true ends the wait.</param>
    void WaitUntil(long time, Func<bool> isOver);

    /// <summary>Takes the oldest packet that left and was not taken, and waits for one if there is none.</summary>
    /// <param name="until">Until when; long.MaxValue for as long as anything is left to happen.</param>
    /// <param name="isOver">As in <see cref="WaitUntil"/>.</param>
    /// <param name="packet">The packet.</param>
    /// <returns>False when none came.</returns>
    bool TryTake(long until, Func<bool> isOver, out SentPacket packet);

    /// <summary>Has an IP packet come to the stack now.</summary>
    void Inject(ReadOnlySpan<byte> packet);

    /// <summary>Does what a shell command says.</summary>
    /// <returns>Null when it succeeded, else what it failed with.</returns>
    /// <exception cref="UnsupportedException">The command, or a knob of it, is not known.</exception>
    string? Run(CommandText command);

    /// <summary>Resets what connections are left and closes what is open.</summary>
    void End();
}
