using System.Collections.Frozen;
using UserNet.Drill.Language;

namespace UserNet.Drill.Machine.Commands;

/// <summary>The commands that scripts give to the shell, and what each does to a virtual machine.</summary>
internal static class CommandTable
{
    private static readonly FrozenDictionary<string, Func<CommandCall, int>> Commands = new Dictionary<string, Func<CommandCall, int>>
    {
        ["defaults.sh"] = SysctlCommands.LoadDefaults,
        ["set_sysctls.py"] = SysctlCommands.SetByPath,
        ["sysctl"] = SysctlCommands.Sysctl,
        ["ip"] = NetworkCommands.Ip,
        ["tc"] = NetworkCommands.Tc,
        ["ethtool"] = NetworkCommands.Ethtool,
        ["ifconfig"] = NetworkCommands.Ifconfig,
        ["nstat"] = CounterCommands.Nstat,
        ["grep"] = TextCommands.Grep,
        ["egrep"] = TextCommands.Grep,
        ["cat"] = TextCommands.Cat,
        ["echo"] = TextCommands.Echo,
        ["printf"] = TextCommands.Echo,
        ["wc"] = TextCommands.Count,
        ["true"] = static _ => 0,
        [":"] = static _ => 0,
        ["false"] = static _ => 1,
        ["sleep"] = TextCommands.Sleep,
        ["rm"] = FileCommands.Remove,
        ["dd"] = FileCommands.Dd,
        ["truncate"] = FileCommands.Truncate,
        ["touch"] = FileCommands.Touch,
        ["sockstat"] = SocketCommands.Sockstat,
        ["ss"] = SocketCommands.Ss,
        ["tcpdrop"] = SocketCommands.Tcpdrop,
        ["kldload"] = SocketCommands.LoadModule,
        ["kldunload"] = SocketCommands.LoadModule,
        ["modprobe"] = SocketCommands.LoadModule,
        ["setkey"] = KeyCommands.SetKey,
    }.ToFrozenDictionary();

    /// <summary>Does a command.</summary>
    /// <returns>Its exit code: 0 when it succeeded.</returns>
    /// <exception cref="UnsupportedException">It is not known, or something that it is told.</exception>
    public static int Run(CommandCall call)
    {
        if (Commands.TryGetValue(call.Name, out Func<CommandCall, int>? command)) return command(call);
        // Whatever it would take back is this machine's alone.
        if (call.Name.StartsWith("sysctl_restore", StringComparison.Ordinal)) return 0;
        throw call.Unsupported();
    }
}
