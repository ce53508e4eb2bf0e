using System.Numerics;
using System.Text;
using UserNet.Drill.Language;
using UserNet.Drill.Machine;
using UserNet.Facades.Posix;
using UserNet.Sockets;

namespace UserNet.Drill.Calls;

/// <summary>Runs a script's Python: one interpreter for all of its pieces, whose variables are those of the socket that is tested.</summary>
/// <remarks>One thread, that of the machine.</remarks>
internal sealed class CodeRunner
{
    private const int CongestionInformation = 26, MostName = 16, MostInformation = 512;      // TCP_CC_INFO, TCP_CA_NAME_MAX

    private static readonly string[] MemoryNames =
        ["RMEM_ALLOC", "RCVBUF", "WMEM_ALLOC", "SNDBUF", "FWD_ALLOC", "WMEM_QUEUED", "OPTMEM", "BACKLOG", "DROPS"];

    private static readonly TcpInfoField[] Vegas = [new("tcpv_enabled", 0, 4), new("tcpv_rttcnt", 4, 4), new("tcpv_rtt", 8, 4), new("tcpv_minrtt", 12, 4)];
    private static readonly TcpInfoField[] Dctcp =
        [new("dctcp_enabled", 0, 2), new("dctcp_ce_state", 2, 2), new("dctcp_alpha", 4, 4), new("dctcp_ab_ecn", 8, 4), new("dctcp_ab_tot", 12, 4)];

    private static readonly TcpInfoField[] Bbr =
        [new("bbr_bw_lo", 0, 4), new("bbr_bw_hi", 4, 4), new("bbr_min_rtt", 8, 4), new("bbr_pacing_gain", 12, 4), new("bbr_cwnd_gain", 16, 4)];

    private readonly ICallContext _context;
    private readonly Dictionary<string, object> _variables = new(StringComparer.Ordinal);
    private readonly List<string> _printed = [];
    private readonly CodeEvaluator _evaluator;

    /// <summary>An interpreter that knows the constants of the script's profile.</summary>
    /// <param name="context">Who plays the script.</param>
    public CodeRunner(ICallContext context)
    {
        _context = context;
        _evaluator = new CodeEvaluator(_variables);
        foreach ((string name, long value) in ConstantTable.Of(context.Profile).All)
            if (name.StartsWith("TCP", StringComparison.Ordinal)) _variables[name] = (BigInteger)value;
    }

    /// <summary>What was printed, line by line.</summary>
    public IReadOnlyList<string> Printed => _printed;

    /// <summary>Reads the variables of a socket.</summary>
    /// <param name="liveDescriptor">What the system calls it; null when the script has none, so that they stay what they were.</param>
    public void Snapshot(int? liveDescriptor)
    {
        if (liveDescriptor is not { } live) return;
        ReadInformation(live);
        ReadCongestion(live);
        ReadMemory(live);
    }

    /// <summary>Does what a piece of code says.</summary>
    /// <returns>The assertion that does not hold, or what else went wrong.</returns>
    public CallVerdict Run(CodeBlock block)
    {
        foreach (CodeStatement statement in block.Statements)
        {
            try
            {
                if (Run(statement) is { Field: not null } verdict) return verdict;
            }
            catch (CodeException error)
            {
                return new CallVerdict("python", "no error", $"{error.Kind}: {error.Message} ({error.At})");
            }
        }

        return default;
    }

    private CallVerdict Run(CodeStatement statement)
    {
        switch (statement)
        {
            case AssertStatement assertion: return Assert(assertion);
            case PrintStatement print:
                _printed.AddRange(string.Join(' ', print.Values.Select(value => PythonText.Of(_evaluator.Evaluate(value)))).Split('\n'));
                return default;
            case AssignStatement assignment:
                object value = _evaluator.Evaluate(assignment.Value);
                _variables[assignment.Name] = assignment.IsAddition
                    ? CodeOperators.Apply("+", _evaluator.Variable(assignment.Name, assignment.At), value, assignment.At)
                    : value;
                return default;
            default: throw new UnsupportedException("a statement of Python", statement.At);
        }
    }

    private CallVerdict Assert(AssertStatement assertion)
    {
        if (CodeOperators.IsTrue(_evaluator.Evaluate(assertion.Condition))) return default;
        string actual = string.Join(", ", _evaluator.NamesIn(assertion.Condition).Select(name => $"{name} = {PythonText.Quoted(_variables[name])}"));
        string message = assertion.Message is { } said ? PythonText.Of(_evaluator.Evaluate(said)) : "";
        return new CallVerdict("assert", CodeEvaluator.TextOf(assertion.Condition), message.Length > 0 && actual.Length > 0 ? $"{message}: {actual}" : message + actual);
    }

    private void ReadInformation(int live)
    {
        byte[] value = new byte[MostInformation];
        if (Read(live, PosixConstants.IPPROTO_TCP, RawTcpOption.Information, value) is not { Length: > 0 } info) return;
        foreach (TcpInfoField field in TcpInfoLayout.Fields)
            if (TcpInfoLayout.Read(field, info) is { } number) _variables[field.Name] = number;
        if (_context.Profile == DrillProfile.FreeBsd) CountAsFreeBsd(info);
    }

    /// <summary>FreeBSD's struct has states that are counted in another way, and fewer bits.</summary>
    private void CountAsFreeBsd(ReadOnlySpan<byte> info)
    {
        const int Options = 5, Same = 0xF, FastOpen = 32, WithFastOpen = 32 | 128;      // TCPI_OPT_TFO; TCPI_OPT_SYN_DATA, TCPI_OPT_TFO_CHILD
        _variables["tcpi_snd_rexmitpack"] = _variables["tcpi_total_retrans"];
        _variables["tcpi_state"] = (BigInteger)FreeBsdNames.StateOf(info[0]);
        _variables["tcpi_options"] = (BigInteger)((info[Options] & Same) | ((info[Options] & WithFastOpen) != 0 ? FastOpen : 0));
    }

    private void ReadCongestion(int live)
    {
        byte[] name = new byte[MostName], value = new byte[MostInformation];
        if (Read(live, PosixConstants.IPPROTO_TCP, RawTcpOption.Congestion, name) is not { Length: > 0 } given) return;
        string algorithm = Encoding.ASCII.GetString(given).TrimEnd('\0');
        TcpInfoField[] fields = algorithm switch { "vegas" => Vegas, "dctcp" => Dctcp, "bbr" or "bbr2" or "bbr3" => Bbr, _ => [] };
        if (fields.Length == 0 || Read(live, PosixConstants.IPPROTO_TCP, CongestionInformation, value) is not { } info) return;
        foreach (TcpInfoField field in fields)
            if (TcpInfoLayout.Read(field, info) is { } number) _variables[field.Name] = number;
    }

    private void ReadMemory(int live)
    {
        byte[] value = new byte[sizeof(int) * MemoryNames.Length];
        if (Read(live, PosixConstants.SOL_SOCKET, RawOption.MemoryInformation, value) is not { } memory) return;
        for (int i = 0; i < MemoryNames.Length; i++)
            if (TcpInfoLayout.Read(new TcpInfoField("", sizeof(int) * i, sizeof(int)), memory) is { } number) _variables[$"SK_MEMINFO_{MemoryNames[i]}"] = number;
    }

    private byte[]? Read(int live, int level, int name, byte[] value)
    {
        int length = value.Length;
        return _context.Machine.System.GetOption(live, level, name, value, ref length) < 0 ? null : value[..Math.Min(length, value.Length)];
    }
}
