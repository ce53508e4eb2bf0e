using System.Globalization;
using UserNet.Tcp;

namespace UserNet.Drill.Machine;

/// <summary>What became of a value that was given to a knob.</summary>
internal enum KnobAnswer : byte
{
    /// <summary>It is set.</summary>
    Set,
    /// <summary>No system would take it: EINVAL.</summary>
    Invalid,
    /// <summary>A system would take it, but here it would have no effect.</summary>
    Unsupported,
}

/// <summary>A sysctl: how it is read, and how it is set.</summary>
/// <param name="Read">Its value, as the system prints it.</param>
/// <param name="Write">Sets it.</param>
internal sealed record Knob(Func<VirtualMachine, string> Read, Func<VirtualMachine, string, KnobAnswer> Write)
{
    /// <summary>A number of a machine's settings, in a range.</summary>
    public static Knob Number(
        Func<TcpSettings, long> get, Action<TcpSettings, long> set, long least = 0, long most = int.MaxValue, long mostHere = long.MaxValue) => new(
        machine => get(machine.Stack.Tcp).ToString(CultureInfo.InvariantCulture),
        (machine, text) =>
        {
            if (!TryParse(text, out long value) || value < least || value > most) return KnobAnswer.Invalid;
            if (value > mostHere) return KnobAnswer.Unsupported;
            machine.Stack.Configure(stack => set(stack.Tcp, value));
            return KnobAnswer.Set;
        });

    /// <summary>0 or 1.</summary>
    public static Knob Flag(Func<TcpSettings, bool> get, Action<TcpSettings, bool> set) =>
        Number(settings => get(settings) ? 1 : 0, (settings, value) => set(settings, value != 0), most: 255, mostHere: 1);

    /// <summary>A time in a unit.</summary>
    public static Knob Time(
        Func<TcpSettings, TimeSpan> get, Action<TcpSettings, TimeSpan> set, TimeSpan unit, long least = 0, long most = int.MaxValue) =>
        Number(settings => get(settings).Ticks / unit.Ticks, (settings, value) => set(settings, unit * value), least, most);

    /// <summary>Three sizes: least, first, largest. As with Linux, those that are not given stay.</summary>
    public static Knob Sizes(Func<TcpSettings, TcpBufferSizes> get, Action<TcpSettings, TcpBufferSizes> set) => new(
        machine => get(machine.Stack.Tcp) is var sizes ? $"{sizes.Min}\t{sizes.Default}\t{sizes.Max}" : "",
        (machine, text) =>
        {
            TcpBufferSizes sizes = get(machine.Stack.Tcp);
            Span<long> values = [sizes.Min, sizes.Default, sizes.Max];
            string[] words = Words(text);
            if (words.Length is 0 or > 3) return KnobAnswer.Invalid;
            for (int i = 0; i < words.Length; i++)
                if (!TryParse(words[i], out values[i]) || values[i] is < 1 or > int.MaxValue) return KnobAnswer.Invalid;
            var given = new TcpBufferSizes((int)values[0], (int)values[1], (int)values[2]);
            machine.Stack.Configure(stack => set(stack.Tcp, given));
            return KnobAnswer.Set;
        });

    /// <summary>One of a few words.</summary>
    public static Knob Choice<T>(Func<TcpSettings, T> get, Action<TcpSettings, T> set, params (string Word, T Value)[] choices) => new(
        machine => Array.Find(choices, choice => Equals(choice.Value, get(machine.Stack.Tcp))).Word ?? "",
        (machine, text) =>
        {
            int found = Array.FindIndex(choices, choice => choice.Word == text.Trim());
            if (found < 0) return KnobAnswer.Unsupported;
            machine.Stack.Configure(stack => set(stack.Tcp, choices[found].Value));
            return KnobAnswer.Set;
        });

    /// <summary>What has no effect on a machine like this one, whatever it is set to.</summary>
    public static Knob Idle(string name, string first) => new(
        machine => machine.Notes.GetValueOrDefault(name, first),
        (machine, text) =>
        {
            machine.Notes[name] = text.Trim();
            return KnobAnswer.Set;
        });

    /// <summary>What has an effect that is not there: it can be set to what the machine does already.</summary>
    public static Knob Fixed(params string[] values) => new(
        _ => values[0],
        (_, text) => Array.IndexOf(values, string.Join(' ', Words(text))) >= 0 ? KnobAnswer.Set : KnobAnswer.Unsupported);

    /// <summary>What is done when it is set to something else than 0.</summary>
    public static Knob Trigger(Action<VirtualMachine> act) => new(
        static _ => "0",
        (machine, text) =>
        {
            if (!TryParse(text, out long value)) return KnobAnswer.Invalid;
            if (value != 0) act(machine);
            return KnobAnswer.Set;
        });

    /// <summary>Reads a number as C's strtoul does with base 0, as kernels do.</summary>
    public static bool TryParse(string text, out long value)
    {
        text = text.Trim();
        return text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            ? long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value)
            : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>The words of a value of several.</summary>
    public static string[] Words(string text) => text.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
}
