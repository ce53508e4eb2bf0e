using UserNet.Drill.Language;
using UserNet.Drill.Live;
using UserNet.Drill.Machine;
using UserNet.Drill.Running;

namespace UserNet.Drill;

/// <summary>Plays packetdrill scripts.</summary>
public static class Drill
{
    /// <summary>Plays the script in a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="options">How it is played.</param>
    /// <returns>How it ended.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <exception cref="IOException">The file can't be read.</exception>
    /// <remarks>Any thread; several scripts may be played at once.</remarks>
    public static DrillVerdict Play(string path, DrillOptions options) => PlayText(File.ReadAllText(path), path, options);

    /// <summary>Plays a script.</summary>
    /// <param name="text">What it says.</param>
    /// <param name="path">Its name in reports.</param>
    /// <param name="options">How it is played.</param>
    /// <returns>How it ended. What is not understood never passes, and what goes wrong inside is a failure.</returns>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    /// <remarks>Any thread; several scripts may be played at once.</remarks>
    public static DrillVerdict PlayText(string text, string path, DrillOptions options)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(path);
        ArgumentNullException.ThrowIfNull(options);
        return Play(() => ScriptDefines.Read(text, path, options), path, options);
    }

    /// <summary>Plays a script that was read already, or was made of one.</summary>
    internal static DrillVerdict Play(Script script, DrillOptions options) => Play(() => script, script.Path, options);

    /// <summary>Plays a script on a machine of the caller's, which is disposed afterwards.</summary>
    internal static DrillVerdict PlayOn(Func<ScriptSettings, IMachine> make, string text, string path, DrillOptions options) =>
        PlayOnce(make, () => ScriptDefines.Read(text, path, options), path, options).Verdict;

    /// <summary>Plays a script that expects nothing, and writes down what happens.</summary>
    /// <param name="text">What it says; calls and Python alone are compared, and what differs is written down too.</param>
    /// <param name="path">Its name in reports.</param>
    /// <param name="options">How it is played.</param>
    /// <param name="tail">How long the machine is listened to behind the last event, microseconds.</param>
    /// <returns>The verdict, which is a pass where nothing is unsupported or can't be read; and the record.</returns>
    internal static (DrillVerdict Verdict, ScriptRecord Record) Record(string text, string path, DrillOptions options, long tail)
    {
        var record = new ScriptRecord(tail);
        (DrillVerdict verdict, record.Lateness) = PlayOnce(settings => MakeMachine(settings, options), () => ScriptDefines.Read(text, path, options), path, options, record);
        return (verdict, record);
    }

    private static DrillVerdict Play(Func<Script> read, string path, DrillOptions options)
    {
        (DrillVerdict, long) Once() => PlayOnce(settings => MakeMachine(settings, options), read, path, options);
        return options.IsLive ? LivePlay.Play(Once) : Once().Item1;
    }

    private static (DrillVerdict Verdict, long Lateness) PlayOnce(
        Func<ScriptSettings, IMachine> make, Func<Script> read, string path, DrillOptions options, ScriptRecord? record = null)
    {
        var report = new DrillReport(path);
        long lateness = 0;
        report.Attempt(() =>
        {
            Script script = read();
            ScriptSettings settings = ScriptSettings.Of(script, options);
            using IMachine machine = make(settings);
            var interpreter = new Interpreter(script, settings, options, machine) { Record = record };
            report.Now = () => interpreter.Now;
            report.At = () => interpreter.At;
            report.Attempt(interpreter.Play);
            lateness = (machine as LiveMachine)?.WorstLateness ?? 0;
            if (report.HasFailed) report.Attempt(interpreter.LogLeftOvers);
            report.Attempt(interpreter.CleanUp);
            report.Add(interpreter.Packets, interpreter.Remarks);
        });
        return (report.Verdict, lateness);
    }

    private static IMachine MakeMachine(ScriptSettings settings, DrillOptions options)
    {
        var wanted = new MachineOptions(
            settings.Profile, settings.IpVersion, settings.Addresses, settings.Mtu, options.Seed, options.Recording, settings.Merged, options.TickPhase, options.TicksAreCoarse);
        return options.IsLive ? new LiveMachine(wanted) : new VirtualMachine(wanted);
    }
}
