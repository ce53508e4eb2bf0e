using System.Globalization;

namespace UserNet.Samples.BindShell;

/// <summary>
/// The numbers of the ports that a script calls P, Q, ...: distinct, unprivileged and outside of the ephemeral range.
/// </summary>
/// <param name="showsNumbers">
/// Whether a port of the ephemeral range is shown as a number, as people want it, or as EPH.
/// </param>
/// <param name="first">The number that the first name gets; the others follow it.</param>
public sealed class PortNames(bool showsNumbers = false, ushort first = PortNames.First)
{
    /// <summary>The number of the first name.</summary>
    public const ushort First = 20001;

    private const ushort FirstEphemeral = 32768, LastEphemeral = 60999;

    private readonly Dictionary<string, ushort> _numbers = [];
    private readonly Dictionary<ushort, string> _names = [];

    /// <summary>The number that a word stands for.</summary>
    /// <exception cref="FormatException">The ports below the ephemeral range are all named.</exception>
    public ushort Number(string word)
    {
        if (!ScriptParser.IsSymbol(word)) return ushort.Parse(word, NumberStyles.None, CultureInfo.InvariantCulture);
        if (_numbers.TryGetValue(word, out ushort number)) return number;
        if (_numbers.Count == FirstEphemeral - first)
            throw new FormatException($"{_numbers.Count} ports have names; there are no more.");
        number = (ushort)(first + _numbers.Count);
        _numbers.Add(word, number);
        _names.Add(number, word);
        return number;
    }

    /// <summary>How a port is shown: by its name, EPH for one of the ephemeral range, or as a number.</summary>
    public string Show(ushort port)
    {
        if (_names.TryGetValue(port, out string? name)) return name;
        return !showsNumbers && port is >= FirstEphemeral and <= LastEphemeral
            ? "EPH"
            : port.ToString(CultureInfo.InvariantCulture);
    }
}
